// SPDX-License-Identifier: MIT
// The one clock: monotonic, in nanoseconds, the same as std::chrono::steady_clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace dotcompute {

using time_point = std::chrono::steady_clock::time_point;

/// A clock read through the vDSO: some 20 ns, no system call.
inline std::int64_t now_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// now + time, or the end of time when that overflows.
inline time_point deadline_after(std::chrono::nanoseconds time) {
  const auto now = std::chrono::steady_clock::now();
  return time > time_point::max() - now ? time_point::max() : now + time;
}

} // namespace dotcompute
