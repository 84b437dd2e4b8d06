// SPDX-License-Identifier: MIT
// The compact recording of a pool's allocations, as bytes. Layout, all numbers little-endian:
//
//   header, 24 bytes: "dcmemlog", version (u32, 1), header bytes (u32, 24), start (u64, nanoseconds since 1970)
//   records: one byte of operation, then the operation's fields as LEB128 variable-length numbers
//     1 allocate  time thread bytes log2(alignment) kind tag queue [completed]    its number is the count before it
//     2 free      time thread (count - block)                                     host order
//     3 free_on   time thread (count - block) queue number completed
//     4 tag       length, then that many bytes of name; numbered from 1 in the order of the records
//     5 failed    time thread bytes log2(alignment) kind tag queue [completed] cause
//     6 trim      time thread
//     7 budget    time thread tag known bytes                                     tag 0: of the whole pool
//     8 end       count of allocations; a log without it was cut short
//
// `time` is the difference to the record before, in nanoseconds; threads and queues are numbered from 1 in the order of
// their first record, queue 0 is none; [completed] is there when queue is not 0.
#pragma once

#include <dotcompute/known.hpp>
#include <dotcompute/memory_statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::memory {

enum class log_operation : std::uint8_t { allocate = 1, free, free_on, tag, failed, trim, budget, end };

struct log_event {
  log_operation operation = log_operation::end;
  std::int64_t time = 0; ///< nanoseconds since the start
  std::uint64_t thread = 0;
  std::uint64_t block = 0; ///< allocate: its number in the log, from 0; frees: the number of what is freed
  std::uint64_t bytes = 0; ///< budget: 0 when it was lifted
  std::uint64_t alignment = 256;
  buffer_kind kind = buffer_kind::device_local;
  std::uint64_t tag = 0;       ///< 0: none; else counted from 1
  std::uint64_t queue = 0;     ///< 0: none; else counted from 1
  std::uint64_t number = 0;    ///< free_on: on the queue's timeline
  std::uint64_t completed = 0; ///< how far that was
  allocation_failure cause = allocation_failure::capacity;
  bool has_budget = false;
  std::string_view name; ///< tag: refers to the log's bytes
};

/// What is wrong with a log, and where.
struct log_problem {
  std::uint64_t offset = 0; ///< of the record, in bytes
  std::string text;         ///< "cut short within a record"
};

/// Reads a log from bytes that may be anything. Allocates nothing that grows with numbers in the log.
class log_reader {
 public:
  /// Throws file_invalid when the header is not one of a log, or of a version that this one cannot read.
  explicit log_reader(std::span<const std::byte> bytes);

  /// The next event; nothing at the end, or at the first byte that makes no sense: then problem() says which.
  std::optional<log_event> next();
  const std::optional<log_problem>& problem() const noexcept { return problem_; }
  std::uint64_t start() const noexcept { return start_; } ///< nanoseconds since 1970
  std::uint64_t offset() const noexcept { return at_; }

 private:
  bool read(std::uint64_t& value);
  std::optional<log_event> fail(std::uint64_t offset, std::string text);

  std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  std::uint64_t start_ = 0, allocations_ = 0, tags_ = 0;
  std::int64_t time_ = 0;
  bool ended_ = false;
  std::optional<log_problem> problem_;
};

/// Makes a log's bytes; the caller numbers threads, queues, tags and blocks as the layout says. Not thread-safe.
class log_writer {
 public:
  /// Starts with the header.
  explicit log_writer(std::uint64_t start);
  /// `e.time` must not be before the last event's.
  void write(const log_event& e);
  /// What was written since the last take().
  std::vector<std::byte> take();
  std::size_t size() const noexcept { return bytes_.size(); }

 private:
  void put(std::uint64_t value);

  std::vector<std::byte> bytes_;
  std::uint64_t allocations_ = 0;
  std::int64_t time_ = 0;
};

} // namespace dotcompute::memory
