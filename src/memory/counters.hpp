// SPDX-License-Identifier: MIT
// What one thread counts for itself, so that counting shares no cache line with another thread.
#pragma once

#include "memory/block.hpp"

#include <array>
#include <atomic>
#include <cstdint>

namespace dotcompute::memory {

/// Written by one thread at a time with plain loads and stores, read by any: each value is one that was true.
class counter {
 public:
  void add(std::uint64_t n) noexcept { store(load() + n); }
  std::uint64_t load() const noexcept { return value_.load(std::memory_order_relaxed); }
  void store(std::uint64_t n) noexcept { value_.store(n, std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// What the blocks of one owner that this thread allocated and freed amount to, since it was last added to the tag
/// table: blocks in the upper half of one number, requested bytes in the lower, so that one addition counts both. Both
/// are signed, and the lower half borrows from the upper.
class tag_difference {
 public:
  /// Requests from here on are counted in the tag table: the lower half has room for one and what is flushed late.
  static constexpr std::uint64_t too_large = std::uint64_t{1} << 30;

  /// The bytes afterwards.
  std::int64_t add(std::uint64_t requested, bool is_freed) noexcept {
    const std::uint64_t one = std::uint64_t{1} << 32 | requested;
    value_.add(is_freed ? 0 - one : one);
    return bytes();
  }
  std::int64_t bytes() const noexcept { return static_cast<std::int32_t>(value_.load()); }
  std::int64_t blocks() const noexcept {
    const std::uint64_t all = value_.load(); // once: another thread may be counting
    return static_cast<std::int32_t>((all - static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(all)})) >>
                                     32);
  }
  void clear() noexcept { value_.store(0); }

 private:
  counter value_;
};

/// Totals since the pool was made; what is live is the sum over all threads, each of which may be below zero, since a
/// block may be freed on another thread than it was allocated on. What statistics() reads of a thread at work lies in
/// as few cache lines as can be: every read costs the thread each line once.
struct alignas(64) counters {
  static constexpr std::uint32_t own_tags = 64; ///< tags beyond are counted in the tag table itself

  counter allocations, frees;
  counter requested, granted, pending; ///< bytes, modulo 2^64
  counter largest_request;
  counter slow_allocations, queue_ordered_frees;

  counter remote_frees, cross_queue_reuses; // seldom change
  counter recurring_bytes; ///< of the largest block that the thread freed and may take again; see count_live.hpp

  alignas(64) std::array<tag_difference, own_tags> tags;
};

} // namespace dotcompute::memory
