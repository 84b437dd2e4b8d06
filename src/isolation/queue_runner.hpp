// SPDX-License-Identifier: MIT
// The worker's side of a queue: a thread that takes commands from the ring and has the driver run them.
#pragma once

#include "drivers/driver.hpp"
#include "isolation/command_ring.hpp"
#include "support/shared_memory.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace dotcompute::isolated {

/// Programs by the service's numbers. Thread-safe.
class program_table {
 public:
  void insert(std::uint64_t number, std::shared_ptr<const drivers::loaded_program> program);
  void erase(std::uint64_t number);
  /// Null when there is none.
  std::shared_ptr<const drivers::loaded_program> find(std::uint64_t number) const;

 private:
  mutable std::mutex guard_;
  std::unordered_map<std::uint64_t, std::shared_ptr<const drivers::loaded_program>> programs_;
};

class queue_runner {
 public:
  queue_runner(std::uint64_t id, shared_memory memory, program_table& programs, worker_page& worker);
  /// Ends the thread once what the driver has is done.
  virtual ~queue_runner();
  queue_runner(const queue_runner&) = delete;
  queue_runner& operator=(const queue_runner&) = delete;

  /// Commands behind a refused one are run. Before start().
  void go_on_after_failures() noexcept { goes_on_ = true; }
  /// Throws out_of_threads.
  void start();

 protected:
  struct times {
    std::int64_t started = 0, finished = 0;
  };

  /// Until the queue is closed.
  virtual void run() = 0;
  /// Must be called in the destructor of the class that has run().
  void stop() noexcept;

  bool is_stopping() const noexcept { return stopping_.load(std::memory_order_acquire); }
  bool is_held() const noexcept {
    return worker_.hold.load(std::memory_order_seq_cst) != 0 || pace() == queue_pace::hold;
  }
  /// The next command, or null when there is none, or none may be begun.
  const record_header* next();
  /// Nothing to do: spins for a while after `since`, then sleeps until something comes or about `most`.
  void idle(time_point since, std::chrono::nanoseconds most);
  /// The command, read from its record; `program` keeps what it runs.
  bool read(const record_header& record, drivers::launch_command& c,
            std::shared_ptr<const drivers::loaded_program>& program);
  static drivers::copy_command read_copy(const record_header& record);
  static drivers::fill_command read_fill(const record_header& record);

  /// `now`: the device has nothing else of this queue.
  void begin(std::uint64_t number, std::int64_t now) noexcept {
    page_.running_since.store(now, std::memory_order_relaxed);
    begin(number);
  }
  void begin(std::uint64_t number) noexcept { page_.started.store(number, std::memory_order_seq_cst); }
  void record_times(std::uint64_t number, std::int64_t started, std::int64_t finished) noexcept;
  /// The command fails and the queue goes on. Before complete().
  void refuse(std::uint64_t number, const error& e);
  /// The queue has ended, or a command before it was refused and the service did not know of it yet.
  bool is_skipped(const record_header& record) noexcept {
    if (pace() == queue_pace::skip) return true;
    if (record.acknowledged >= refused_) refused_ = 0;
    return refused_ != 0 && !goes_on_;
  }
  void complete(std::uint64_t number) noexcept;
  /// The device does not answer any more: says so, and waits for the end of the process.
  [[noreturn]] void lose(std::uint64_t number, const error& e);

  const std::uint64_t id_;
  shared_memory memory_;
  queue_page& page_;
  command_reader reader_;
  program_table& programs_;
  worker_page& worker_;

 private:
  queue_pace pace() const noexcept { return static_cast<queue_pace>(page_.pace.load(std::memory_order_seq_cst)); }

  std::atomic<bool> stopping_{false};
  std::thread thread_;
  bool goes_on_ = false;
  std::uint64_t refused_ = 0; ///< the last command that was, until the service acknowledges it
  // The program that was launched last, without a look into the table.
  std::uint64_t last_number_ = 0;
  std::shared_ptr<const drivers::loaded_program> last_;
};

/// For a driver with host threads, or with streams.
std::unique_ptr<queue_runner> make_host_runner(std::uint64_t id, shared_memory memory, program_table& programs,
                                               worker_page& worker, drivers::host_executor& host);
std::unique_ptr<queue_runner> make_stream_runner(std::uint64_t id, shared_memory memory, program_table& programs,
                                                 worker_page& worker, std::unique_ptr<drivers::stream> stream);

/// The device does not answer any more, as somebody found who did this command of this queue; 0: of none. The first one
/// tells. Thread-safe.
void announce_driver_fault(worker_page& page, std::uint64_t queue, std::uint64_t number, const error& e) noexcept;

} // namespace dotcompute::isolated
