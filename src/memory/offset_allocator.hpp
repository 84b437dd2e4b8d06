// SPDX-License-Identifier: MIT
// Cuts segments into blocks by arithmetic alone: offsets and sizes, never the memory itself.
#pragma once

#include "memory/bin_index.hpp"
#include "memory/block.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace dotcompute::memory {

/// A two-level segregated fit (Masmano et al., "TLSF: a new dynamic memory allocator for real-time systems", 2004)
/// over any number of segments, with its nodes beside the memory. Free neighbours within a segment are merged at once,
/// so no two free blocks touch. Searching looks at a bounded number of blocks, except just before it gives up.
/// Not thread-safe, but figures() and bins() may be read at any time.
class offset_allocator {
 public:
  static constexpr std::uint32_t none = ~0u;
  static constexpr std::uint64_t largest_segment = std::uint64_t{0xffffffff} * granule;

  struct placement {
    std::uint32_t node = none; ///< none: no block is large enough
    std::uint32_t segment = 0;
    std::uint64_t offset = 0, bytes = 0; ///< multiples of the granule
    std::uint64_t used_bytes = 0;        ///< from its front on may have been used before; behind that never
    queue_id freed_on = no_queue;        ///< the queue of the block that it was cut from, as told to free()
  };

  /// Bytes, up to date for whoever holds the allocator's lock; others see values that were true at some moment.
  struct figures {
    std::uint64_t reserved = 0, free = 0;
    std::uint64_t unused_segments = 0; ///< bytes of segments that are entirely free
    std::uint64_t segments = 0, splits = 0, merges = 0;
  };

  /// `bytes` is a multiple of the granule, at most largest_segment. All of it is free and zeroed.
  std::uint32_t add_segment(std::uint64_t bytes);
  /// Only when it is entirely free.
  void remove_segment(std::uint32_t segment);
  /// A segment that is entirely free, the smallest of at least `bytes`, or none.
  std::uint32_t find_unused_segment(std::uint64_t bytes = 0) const noexcept;
  bool is_unused(std::uint32_t segment) const noexcept;
  std::uint64_t segment_bytes(std::uint32_t segment) const noexcept;

  /// From the lowest of some blocks of the smallest bin that has one large enough. `alignment` is a power of two; the
  /// segment's start counts as aligned to anything. Throws std::bad_alloc only when the host has no memory for nodes,
  /// and then changes nothing.
  placement allocate(std::uint64_t bytes, std::uint64_t alignment = granule);
  /// `queue` is remembered as its last user. Throws internal when the node is not a block in use.
  void free(std::uint32_t node, queue_id queue = no_queue);

  /// Where the node's block lies. Throws internal when it is not in use.
  placement where(std::uint32_t node) const;
  bool is_in_use(std::uint32_t node) const noexcept;

  figures read_figures() const noexcept;
  const bin_index& bins() const noexcept { return bins_; }

  /// Calls visit(node, offset, bytes, is_free) for each block of the segment in the order of offsets.
  template <class Visit>
  void for_each_block(std::uint32_t number, Visit visit) const {
    for (std::uint32_t n = segments_[number].first; n != none; n = nodes_[n].after)
      visit(n, std::uint64_t{nodes_[n].offset} * granule, std::uint64_t{nodes_[n].units} * granule,
            nodes_[n].state == node_state::free);
  }
  template <class Visit>
  void for_each_segment(Visit visit) const {
    for (std::uint32_t s = 0; s < segments_.size(); ++s)
      if (segments_[s].units != 0) visit(s);
  }

  /// Everything wrong with the book-keeping, empty when it is sound: gaps, overlaps, neighbours that were not merged,
  /// bins and figures that do not add up. O(blocks).
  std::string find_contradiction() const;

 private:
  enum class node_state : std::uint8_t { spare, free, used };
  struct node {
    std::uint32_t offset = 0, units = 0;
    std::uint32_t before = none, after = none;  ///< neighbours in the segment
    std::uint32_t previous = none, next = none; ///< in the bin's list; spares: next only
    std::uint32_t segment = 0;
    queue_id queue = no_queue;
    node_state state = node_state::spare;
  };
  struct segment {
    std::uint32_t first = none;
    std::uint32_t units = 0; ///< 0: there is none of this number
    std::uint32_t free_units = 0;
    std::uint32_t used_end = 0; ///< behind this unit nothing was ever allocated
  };

  std::uint32_t search(std::uint32_t units, std::uint32_t padded) const noexcept;
  std::uint32_t lowest_of(std::uint32_t bin, std::uint32_t units, std::uint32_t looks) const noexcept;
  void insert(std::uint32_t n) noexcept;
  void take_out(std::uint32_t n) noexcept;
  void ensure_spares(std::size_t wanted);
  std::uint32_t take_spare() noexcept;
  void make_spare(std::uint32_t n) noexcept;
  /// Cuts `units` off the front of a block that is in no bin; the rest becomes a block behind it.
  std::uint32_t split(std::uint32_t n, std::uint32_t units) noexcept;
  /// Merges the block behind `n` into `n`.
  void absorb(std::uint32_t n, std::uint32_t behind) noexcept;
  void count(std::atomic<std::uint64_t>& figure, std::uint64_t difference) noexcept {
    figure.store(figure.load(std::memory_order_relaxed) + difference, std::memory_order_relaxed);
  }
  [[noreturn]] void refuse(std::uint32_t n) const;

  std::vector<node> nodes_;
  std::vector<segment> segments_;
  std::array<std::uint32_t, size_bins::count> heads_ = filled_with_none();
  bin_index bins_;
  std::uint32_t spares_ = none;
  std::size_t spare_count_ = 0;
  std::vector<std::uint32_t> spare_segments_;

  std::atomic<std::uint64_t> reserved_{0}, free_{0}, unused_segments_{0}, segment_count_{0}, splits_{0}, merges_{0};

  static constexpr std::array<std::uint32_t, size_bins::count> filled_with_none() {
    std::array<std::uint32_t, size_bins::count> a{};
    a.fill(none);
    return a;
  }
};

} // namespace dotcompute::memory
