// SPDX-License-Identifier: MIT
// Commands on their way through a queue page: one thread at a time writes, one reads.
#pragma once

#include "drivers/command.hpp"
#include "isolation/queue_page.hpp"
#include "support/clock.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace dotcompute::isolated {

/// The service's end. Positions are kept here, not in the page, where the worker could change them.
class command_writer {
 public:
  explicit command_writer(std::byte* memory)
      : page_(*reinterpret_cast<queue_page*>(memory)), ring_(memory + ring_offset) {}

  /// A record of `bytes` with its header filled in, or null when the ring has no room. To be followed by publish().
  std::byte* prepare(record_kind kind, std::uint32_t bytes, std::uint64_t number, std::uint64_t acknowledged = 0);
  /// The worker sees what was prepared, and is woken when it sleeps.
  void publish();

  /// Bytes that the worker has not given back.
  std::uint64_t used() const noexcept {
    return written_.load(std::memory_order_relaxed) - page_.consumed.load(std::memory_order_acquire);
  }
  /// False when the worker says that it consumed more than was written, or something in between records. For any
  /// thread.
  bool is_sound() const noexcept;

 private:
  queue_page& page_;
  std::byte* const ring_;
  std::atomic<std::uint64_t> written_{0}; // other threads ask is_sound()
  std::uint64_t prepared_ = 0;
};

/// The worker's end.
class command_reader {
 public:
  explicit command_reader(std::byte* memory)
      : page_(*reinterpret_cast<queue_page*>(memory)), ring_(memory + ring_offset) {}

  /// The next record, valid until consume(); null when there is none. A ring that holds no records ends the process:
  /// whoever could write there is the service, and then nothing is as it should be.
  const record_header* next();
  void consume(const record_header& record);

 private:
  queue_page& page_;
  std::byte* const ring_;
  std::uint64_t consumed_ = 0;
};

} // namespace dotcompute::isolated
