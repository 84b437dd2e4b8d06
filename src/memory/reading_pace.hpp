// SPDX-License-Identifier: MIT
// How often threads at work may be disturbed by readers of their counts.
#pragma once

#include "support/clock.hpp"

#include <atomic>
#include <cstdint>

namespace dotcompute::memory {

/// Reading a counter takes its cache line away from the thread that counts, which waits for it at its next operation.
/// So a thread that reads without pause, and found others at work when it last looked, waits until `interval` has
/// passed since any read began. What it reads afterwards is as new as if it had come then. Nobody waits who comes for
/// the first time, or who reads what only its own thread changes. Thread-safe.
class reading_pace {
 public:
  /// A read costs the others up to half a microsecond.
  static constexpr std::int64_t interval = 20'000; ///< nanoseconds

  /// Before reading. Returns the time.
  std::int64_t begin(std::uint64_t pool_serial) noexcept;
  /// After reading: how many operations other threads had done.
  void end(std::uint64_t pool_serial, std::uint64_t others_operations) noexcept;

 private:
  alignas(64) std::atomic<std::int64_t> last_{0}; ///< when a read began
};

} // namespace dotcompute::memory
