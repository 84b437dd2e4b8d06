// SPDX-License-Identifier: MIT
// Durations as reports give them.
#pragma once

#include <chrono>

namespace dotcompute::tool {

inline double milliseconds(std::chrono::nanoseconds t) {
  return std::chrono::duration<double, std::milli>(t).count();
}

inline double milliseconds_since(std::chrono::steady_clock::time_point begin) {
  return milliseconds(std::chrono::steady_clock::now() - begin);
}

} // namespace dotcompute::tool
