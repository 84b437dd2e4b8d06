// SPDX-License-Identifier: MIT
// A clock for ages: an eighth of the exact clock's price, and to some milliseconds.
#pragma once

#include <time.h>

#include <cstdint>

namespace dotcompute::memory {

/// On the scale of now_nanoseconds(), and never ahead of it.
inline std::int64_t coarse_nanoseconds() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &t); // cannot fail: Linux has had this clock since 2.6.32
  return t.tv_sec * std::int64_t{1'000'000'000} + t.tv_nsec;
}

} // namespace dotcompute::memory
