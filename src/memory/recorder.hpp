// SPDX-License-Identifier: MIT
// Writes a pool's allocations into a log file while they happen.
#pragma once

#include "memory/allocation_log.hpp"
#include "memory/pool_core.hpp"
#include "support/file_descriptor.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace dotcompute::memory {

/// Gives threads, queues, tags and blocks the numbers of the log. Used under the pool's recorder_guard.
class recorder {
 public:
  /// Throws file_not_found, system_call_failed.
  explicit recorder(const std::string& path);

  /// Of `e`, block is a packed handle, tag and queue are the pool's ids. Throws system_call_failed.
  void write(log_event e, const void* thread, const pool_core& pool);
  /// Writes the end and what is left. Throws system_call_failed. Once.
  void finish();

 private:
  std::uint64_t tag_number(std::uint64_t id, const pool_core& pool);
  void flush();

  const std::string path_;
  file_descriptor file_;
  log_writer writer_;
  std::int64_t start_, last_ = 0;
  std::uint64_t allocations_ = 0;
  std::unordered_map<const void*, std::uint64_t> threads_;
  std::unordered_map<std::uint64_t, std::uint64_t> queues_, tags_, blocks_;
};

constexpr std::uint64_t pack(block_handle h) noexcept {
  return std::uint64_t{h.index} << 32 | h.generation;
}
log_event allocation_event(const allocation_request& r, block_handle handle, const pool_core& pool);
log_event failure_event(const allocation_request& r, allocation_failure cause, const pool_core& pool);
log_event free_event(block_handle handle, queue_id queue, std::uint64_t number, const pool_core& pool);

} // namespace dotcompute::memory

namespace dotcompute::detail {

/// Ends the recording, at the latest with its own end.
class log_registration {
 public:
  log_registration(std::weak_ptr<memory::pool_core> pool, std::shared_ptr<memory::recorder> log)
      : pool_(std::move(pool)), log_(std::move(log)) {}
  ~log_registration();
  log_registration(const log_registration&) = delete;
  log_registration& operator=(const log_registration&) = delete;

  void finish();

 private:
  std::weak_ptr<memory::pool_core> pool_;
  std::shared_ptr<memory::recorder> log_;
};

} // namespace dotcompute::detail
