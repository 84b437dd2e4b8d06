// SPDX-License-Identifier: MIT
// Time of single operations: the processor's time stamp counter, fenced so that nothing of an operation happens outside
// of its two readings, and without what the readings themselves cost. Elsewhere than on x86, the steady clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace dotcompute::benchmark {

class cycle_clock {
 public:
#if defined(__x86_64__)
  static std::uint64_t begin() noexcept {
    _mm_lfence();
    const auto t = __rdtsc();
    _mm_lfence();
    return t;
  }
  static std::uint64_t end() noexcept {
    unsigned processor;
    const auto t = __rdtscp(&processor);
    _mm_lfence();
    return t;
  }
#else
  static std::uint64_t begin() noexcept {
    return static_cast<std::uint64_t>(now().time_since_epoch().count());
  }
  static std::uint64_t end() noexcept {
    return begin();
  }
#endif

  static const cycle_clock& calibrated() {
    static const cycle_clock c;
    return c;
  }
  /// Nanoseconds between two readings; not below 0.
  double between(std::uint64_t from, std::uint64_t to) const noexcept {
    return std::max(0.0, (static_cast<double>(to - from) - overhead_) * nanoseconds_);
  }

 private:
  static std::chrono::steady_clock::time_point now() noexcept {
    return std::chrono::steady_clock::now();
  }

  cycle_clock() {
    const auto start = now();
    const auto first = begin();
    while (now() - start < std::chrono::milliseconds(20)) {
    }
    const auto last = end();
    nanoseconds_ = std::chrono::duration<double, std::nano>(now() - start).count() / static_cast<double>(last - first);
    std::vector<std::uint64_t> empty(4001);
    for (auto& e : empty) {
      const auto t = begin();
      e = end() - t;
    }
    std::nth_element(empty.begin(), empty.begin() + 2000, empty.end());
    overhead_ = static_cast<double>(empty[2000]);
  }

  double nanoseconds_ = 1, overhead_ = 0;
};

} // namespace dotcompute::benchmark
