// SPDX-License-Identifier: MIT
// The last computed fragmentation, for readers that do not want to compute it again.
#pragma once

#include "memory/pool_core.hpp"

#include <atomic>
#include <cstring>

namespace dotcompute::memory {

/// Computing it takes microseconds, since it goes through all bins; reading what was published less than a millisecond
/// ago takes nanoseconds. A sequence lock: odd while one thread writes.
struct pool_core::published_fragmentation {
  static constexpr std::int64_t fresh = 1'000'000; ///< nanoseconds

  /// False when a thread writes just now.
  bool read(fragmentation_figures& out, std::int64_t& computed) const noexcept {
    const std::uint64_t before = version.load(std::memory_order_acquire);
    if (before % 2 != 0) return false;
    std::array<std::uint64_t, words> copy;
    for (std::size_t i = 0; i < words; ++i)
      copy[i] = data[i].load(std::memory_order_acquire);
    computed = time.load(std::memory_order_acquire);
    if (version.load(std::memory_order_relaxed) != before) return false;
    std::memcpy(static_cast<void*>(&out), copy.data(), sizeof out);
    return true;
  }
  /// Nothing happens when another thread writes already.
  void write(const fragmentation_figures& figures, std::int64_t now) noexcept {
    std::uint64_t before = version.load(std::memory_order_relaxed);
    if (before % 2 != 0 || !version.compare_exchange_strong(before, before + 1, std::memory_order_acq_rel)) return;
    std::array<std::uint64_t, words> copy{};
    std::memcpy(copy.data(), &figures, sizeof figures);
    for (std::size_t i = 0; i < words; ++i)
      data[i].store(copy[i], std::memory_order_release);
    time.store(now, std::memory_order_release);
    version.store(before + 2, std::memory_order_release);
  }

 private:
  static_assert(std::is_trivially_copyable_v<fragmentation_figures>);
  static constexpr std::size_t words = (sizeof(fragmentation_figures) + 7) / 8;
  std::atomic<std::uint64_t> version{0};
  std::array<std::atomic<std::uint64_t>, words> data{};
  std::atomic<std::int64_t> time{0}; ///< 0: never
};

} // namespace dotcompute::memory
