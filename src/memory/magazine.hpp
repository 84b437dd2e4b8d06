// SPDX-License-Identifier: MIT
// Free blocks that one thread keeps for its next requests on one queue, and what the thread counts.
#pragma once

#include "memory/counters.hpp"
#include "memory/owner_lock.hpp"
#include "memory/record_table.hpp"
#include "memory/size_bins.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <utility>

namespace dotcompute::memory {

/// Blocks in a row, linked through their records. Owns nothing.
struct block_list {
  block_index first = no_block;
  std::uint32_t count = 0;

  bool empty() const noexcept { return first == no_block; }
  void push(const block_records& records, block_index b) noexcept {
    set(records[b].next, first);
    first = b;
    ++count;
  }
  block_index pop(const block_records& records) noexcept {
    const block_index b = first;
    first = get(records[b].next);
    --count;
    return b;
  }
};

/// Where other threads put what they free for its owner: pushing is one compare-and-swap, taking is one exchange by
/// whoever wants it. A closed inbox refuses.
class inbox {
 public:
  bool push(const block_records& records, block_index b) noexcept {
    block_index head = head_.load(std::memory_order_relaxed);
    do {
      if (head == closed) return false;
      set(records[b].next, head);
    } while (!head_.compare_exchange_weak(head, b, std::memory_order_release, std::memory_order_relaxed));
    return true;
  }
  bool is_empty() const noexcept { return head_.load(std::memory_order_relaxed) == no_block; }
  /// All of it. The count of the list is not known.
  block_index take() noexcept {
    block_index head = head_.load(std::memory_order_relaxed);
    while (head != no_block && head != closed)
      if (head_.compare_exchange_weak(head, no_block, std::memory_order_acquire, std::memory_order_relaxed))
        return head;
    return no_block;
  }
  block_index close() noexcept {
    const block_index head = head_.exchange(closed, std::memory_order_acq_rel);
    return head == closed ? no_block : head;
  }
  void open() noexcept {
    block_index expected = closed;
    head_.compare_exchange_strong(expected, no_block, std::memory_order_relaxed);
  }

 private:
  static constexpr block_index closed = no_block - 1;
  std::atomic<block_index> head_{closed};
};

/// Everything but the inbox and reading counts: only within the owner's lock.
class magazine {
 public:
  /// Blocks of kind k in size bin b lie on shelf k * classes + b. The largest bin ends at 2^19 granules, 128 MiB.
  static constexpr std::uint32_t classes = 16 * size_bins::per_doubling;
  static constexpr std::uint32_t most_a_shelf = 32;
  static constexpr std::uint32_t no_shelf = ~0u;
  /// Requests of more bytes are never met from a magazine.
  static constexpr std::uint64_t largest_request = (std::uint64_t{1} << 19) * granule;

  static constexpr std::uint32_t shelf_of(std::uint32_t kind, std::uint64_t units) noexcept {
    if (units >= largest_request / granule) return no_shelf;
    return kind * classes + size_bins::of_block(static_cast<std::uint32_t>(units));
  }

  struct taken {
    block_index block = no_block;
    block_record* record = nullptr; ///< null: there is none
  };
  /// A block of at least `units` that wastes about an eighth at most, or none; with `exactly` one of that size.
  taken take(const block_records& records, std::uint32_t kind, std::uint64_t units, bool exactly) noexcept {
    const std::uint32_t own = shelf_of(kind, units);
    if (own == no_shelf) return {};
    if (shelf& s = shelves_[own]; s.count != 0) {
      block_record& r = records[s.first];
      const std::uint64_t here = get(r.bytes), wanted = units * granule;
      if (here == wanted || (here > wanted && !exactly)) return {unlink(own, r), &r};
    }
    if (exactly) return take_large(records, kind, units, true);
    const std::uint32_t last = std::min(shelf_of(kind, units + units / 8), (kind + 1) * classes - 1);
    const std::uint32_t found = first_from(own + 1, last);
    if (found == no_shelf) return take_large(records, kind, units, false);
    block_record& r = records[shelves_[found].first];
    return {unlink(found, r), &r};
  }
  /// False when it does not want the block.
  bool put(block_record& r, block_index b) noexcept {
    const std::uint32_t place = get(r.shelf);
    if (place == no_shelf) return false;
    shelf& s = shelves_[place];
    if (s.count >= most_a_shelf) return false;
    set(r.next, s.first);
    s.first = b;
    if (s.count++ == 0) words_[place / 64] |= std::uint64_t{1} << (place % 64);
    bytes_ += get(r.bytes);
    return true;
  }
  /// One block that is too large for the shelves' limit, so that a loop with one large temporary buffer is as fast as
  /// one with a small one. False when there is one already, or it is larger than what the pool allows.
  bool put_large(const block_record& r, block_index b) noexcept {
    if (large_ != no_block || get(r.bytes) > large_limit || get(r.shelf) == no_shelf) return false;
    large_ = b;
    return true;
  }
  /// Takes blocks out until at most `left` bytes are kept: large ones first, and first those that have others of their
  /// size beside them, so that what is left serves as many sizes as it can. With nothing left the large one goes too.
  block_list shrink(const block_records& records, std::uint64_t left) noexcept;
  /// On the shelves.
  std::uint64_t bytes() const noexcept { return bytes_; }

  owner_lock lock;
  bool is_shared = false;                   ///< serves threads that can have none, which claim it in turn
  std::uint32_t number = 0;                 ///< in the pool's list
  std::uint32_t until_sample = 0;           ///< allocations that are not looked at closely before one that is
  std::uint32_t samples = 0;                ///< so far
  std::uint64_t cache_limit = 0;            ///< bytes; a copy of what the pool allows, refreshed now and then
  std::uint64_t large_limit = 0;            ///< bytes of one block beside the shelves; the same
  std::uint32_t flush_limit = 0;            ///< bytes; the same
  std::atomic<std::uint32_t> queue{0};      ///< queue_id
  std::uint64_t flushed = 0;                ///< of counts.granted: what the pool's shared figure knows
  std::atomic<const void*> thread{nullptr}; ///< whose it is; null: nobody's

 private:
  struct shelf {
    block_index first = no_block;
    std::uint32_t count = 0;
  };

  std::uint32_t first_from(std::uint32_t from, std::uint32_t last) const noexcept {
    if (from > last) return no_shelf;
    std::uint32_t word = from / 64;
    std::uint64_t bits = words_[word] >> (from % 64) << (from % 64);
    while (bits == 0) {
      if (++word > last / 64) return no_shelf;
      bits = words_[word];
    }
    const std::uint32_t found = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
    return found <= last ? found : no_shelf;
  }
  block_index unlink(std::uint32_t place, const block_record& r) noexcept {
    shelf& s = shelves_[place];
    const block_index b = s.first;
    s.first = get(r.next);
    if (--s.count == 0) words_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    bytes_ -= get(r.bytes);
    return b;
  }

  taken take_large(const block_records& records, std::uint32_t kind, std::uint64_t units, bool exactly) noexcept {
    if (large_ == no_block) return {};
    block_record& r = records[large_];
    const std::uint64_t wanted = units * granule, here = get(r.bytes);
    if (get(r.shelf) / classes != kind || here < wanted || here > wanted + (exactly ? 0 : wanted / 8)) return {};
    return {std::exchange(large_, no_block), &r};
  }

  std::uint64_t bytes_ = 0;
  block_index large_ = no_block;

 public:
  counters counts;
  alignas(64) inbox returned;

 private:
  alignas(64) std::array<shelf, buffer_kinds * classes> shelves_;
  std::array<std::uint64_t, buffer_kinds * classes / 64> words_{};
};

} // namespace dotcompute::memory
