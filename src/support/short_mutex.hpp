// SPDX-License-Identifier: MIT
// A mutex for sections so short that sleeping costs more than waiting.
#pragma once

#include "support/futex.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace dotcompute {

/// Who finds it taken tries for about a microsecond and then sleeps. Taking it is one atomic operation and leaving it
/// none: a processor that has just rung a device's doorbell would wait in one until the bell is through. Not fair.
class short_mutex {
 public:
  void lock() noexcept {
    if (!try_lock()) [[unlikely]]
      wait();
  }
  bool try_lock() noexcept { return word_.exchange(is_held, std::memory_order_acquire) == is_free; }
  void unlock() noexcept {
    word_.store(is_free, std::memory_order_release);
    if (sleepers_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      futex_wake(word_, 1);
  }

 private:
  static constexpr std::uint32_t is_free = 0, is_held = 1;
  /// The load in unlock() may come before its store, and then misses who goes to sleep in between.
  static constexpr auto longest_sleep = std::chrono::microseconds(50);

  void wait() noexcept {
    for (int turn = 0; turn < 64; ++turn) {
      for (int pause = 0; pause < 4; ++pause)
        spin_pause();
      if (word_.load(std::memory_order_relaxed) == is_free && try_lock()) return;
    }
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    while (!try_lock())
      futex_wait(word_, is_held, std::chrono::steady_clock::now() + longest_sleep);
    sleepers_.fetch_sub(1, std::memory_order_relaxed);
  }

  std::atomic<std::uint32_t> word_{is_free}, sleepers_{0};
};

} // namespace dotcompute
