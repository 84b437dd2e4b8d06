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

/// Totals since the pool was made; what is live is what was allocated less what was freed, summed over all shards,
/// since a block may be freed on another thread than it was allocated on.
struct counters {
  static constexpr std::uint32_t own_tags = 64; ///< tags beyond are counted in the tag table itself

  counter allocations, frees;
  counter requested_allocated, requested_freed, bytes_allocated, bytes_freed;
  counter slow_allocations, remote_frees, queue_ordered_frees, cross_queue_reuses, wrong_frees;
  counter pending_added, pending_resolved;
  counter largest_request;

  /// Differences not yet added to the shared figures, modulo 2^64.
  counter unflushed_bytes;
  struct tag_difference {
    counter bytes, blocks;
  };
  std::array<tag_difference, own_tags> tags;
};

} // namespace dotcompute::memory
