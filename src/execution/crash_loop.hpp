// SPDX-License-Identifier: MIT
// When workers end again and again and did nothing, the next comes later, and in the end none does.
#pragma once

#include "support/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace dotcompute::execution {

/// Of one device. Not thread-safe.
class crash_loop {
 public:
  static constexpr std::uint32_t patient_until = 3; ///< useless workers; after each further one there is a pause,
  static constexpr std::chrono::nanoseconds first_pause = std::chrono::milliseconds(100); ///< then twice as long a one
  static constexpr std::uint32_t most_useless = 10; ///< after which it is no use: pauses of 6.3 s have gone by
  static constexpr std::chrono::nanoseconds short_life = std::chrono::seconds(10); ///< of a worker that was of no use

  /// A worker has ended; `was_of_use`: it did something, or a command of its is known to be why. How long to wait
  /// before the next, or nothing when there should be none.
  std::optional<std::chrono::nanoseconds> ended(bool was_of_use, time_point now);
  /// The next has begun.
  void began(time_point now) noexcept { began_at_ = now; }
  /// In a row.
  std::uint32_t useless() const noexcept { return useless_; }

 private:
  std::uint32_t useless_ = 0;
  time_point began_at_ = time_point::min(); ///< of the first it is not known, so it may have lived long
};

} // namespace dotcompute::execution
