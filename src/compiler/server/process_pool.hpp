// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/server/compiler_process.hpp"

#include <condition_variable>
#include <mutex>
#include <string>

namespace dotcompute::compiler {

/// At most `limit` compiler processes, started when they are needed and kept. Thread-safe.
class process_pool {
 public:
  /// An empty `executable` is located when the first process starts.
  process_pool(std::string executable, unsigned limit);
  ~process_pool();

  /// One process, for the holder alone. Its death does not concern the pool: what is not given back is replaced.
  class lease {
   public:
    lease() = default;
    lease(process_pool& pool, std::unique_ptr<compiler_process> process) : pool_(&pool), process_(std::move(process)) {}
    lease(lease&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)), process_(std::move(other.process_)) {}
    lease& operator=(lease&&) = delete;
    ~lease();

    compiler_process* operator->() const { return process_.get(); }
    explicit operator bool() const { return process_ != nullptr; }
    /// The process is well and may serve others. Without this it ends with the lease.
    void give_back();

   private:
    process_pool* pool_ = nullptr;
    std::unique_ptr<compiler_process> process_;
  };

  /// Waits for a process to be free when all are busy; empty when the deadline passed or a stop was requested first.
  /// Throws dotcompute::error (compiler_unavailable) when there is none to start.
  lease acquire(time_point deadline, const std::stop_token& stop);

  /// Starts a process if none runs; never throws.
  void prewarm() noexcept;

  /// Where the executable was found. Throws as acquire() does.
  std::string executable();

 private:
  std::unique_ptr<compiler_process> start();
  void release(std::unique_ptr<compiler_process> process);
  void abandon_after_fork();

  const unsigned limit_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string executable_;
  std::vector<std::unique_ptr<compiler_process>> idle_;
  unsigned started_ = 0; ///< idle, leased, or being started
  pid_t owner_;
};

} // namespace dotcompute::compiler
