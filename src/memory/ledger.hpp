// SPDX-License-Identifier: MIT
// How many bytes a pool holds, against how many it may hold.
#pragma once

#include <dotcompute/known.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace dotcompute::memory {

/// Two counts: `used`, what is live, cached or pending, and `reserved`, the segments that it lies in. Neither exceeds
/// the budget unless the budget was lowered; reserved does not exceed the capacity. Thread-safe.
class ledger {
 public:
  enum class answer : std::uint8_t { granted, over_budget, over_capacity };
  static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

  ledger(std::uint64_t capacity, known<std::uint64_t> budget) : capacity_(capacity) { set_budget(budget); }

  bool use(std::uint64_t bytes) noexcept { return grow(used_, bytes, budget_.load(std::memory_order_relaxed)); }
  void unuse(std::uint64_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  /// `granularity`: a budget that is no multiple of it still allows the segment that it ends in.
  answer reserve(std::uint64_t bytes, std::uint64_t granularity) noexcept {
    const std::uint64_t budget = budget_.load(std::memory_order_relaxed);
    const std::uint64_t allowed =
        budget > unlimited - granularity ? budget : (budget + granularity - 1) / granularity * granularity;
    if (!grow(reserved_, bytes, std::min(allowed, capacity_)))
      return bytes > capacity_ || reserved_.load(std::memory_order_relaxed) > capacity_ - bytes ? answer::over_capacity
                                                                                                : answer::over_budget;
    raise(reserved_peak_, reserved());
    return answer::granted;
  }
  void unreserve(std::uint64_t bytes) noexcept { reserved_.fetch_sub(bytes, std::memory_order_relaxed); }

  std::uint64_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  std::uint64_t reserved() const noexcept { return reserved_.load(std::memory_order_relaxed); }
  std::uint64_t reserved_peak() const noexcept { return reserved_peak_.load(std::memory_order_relaxed); }
  std::uint64_t capacity() const noexcept { return capacity_; }

  void set_budget(known<std::uint64_t> bytes) noexcept {
    budget_.store(bytes.value_or(unlimited), std::memory_order_relaxed);
  }
  known<std::uint64_t> budget() const noexcept {
    const std::uint64_t b = budget_.load(std::memory_order_relaxed);
    return b == unlimited ? known<std::uint64_t>() : known<std::uint64_t>(b);
  }

  static void raise(std::atomic<std::uint64_t>& peak, std::uint64_t value) noexcept {
    std::uint64_t old = peak.load(std::memory_order_relaxed);
    while (old < value && !peak.compare_exchange_weak(old, value, std::memory_order_relaxed)) {
    }
  }

 private:
  static bool grow(std::atomic<std::uint64_t>& count, std::uint64_t bytes, std::uint64_t limit) noexcept {
    std::uint64_t old = count.load(std::memory_order_relaxed);
    do {
      if (bytes > limit || old > limit - bytes) return false;
    } while (!count.compare_exchange_weak(old, old + bytes, std::memory_order_relaxed));
    return true;
  }

  const std::uint64_t capacity_;
  std::atomic<std::uint64_t> budget_{unlimited};
  alignas(64) std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> reserved_{0}, reserved_peak_{0};
};

} // namespace dotcompute::memory
