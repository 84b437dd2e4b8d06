// SPDX-License-Identifier: MIT
// A queue's timeline as memory pools see it.
#pragma once

#include "support/clock.hpp"

#include <cstdint>
#include <string>

namespace dotcompute::memory {

/// A 64-bit counter that only grows. What was freed at `number` is free for everybody once it is reached. Thread-safe.
class progress_source {
 public:
  virtual ~progress_source() = default;
  virtual std::uint64_t completed() const noexcept = 0;
  /// Until completed() is at least `number`; false when the deadline passed first.
  virtual bool wait(std::uint64_t number, time_point deadline) = 0;
};

} // namespace dotcompute::memory
