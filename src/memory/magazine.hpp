// SPDX-License-Identifier: MIT
// Free blocks that one thread keeps for its next requests on one queue, and what the thread counts.
#pragma once

#include "memory/counters.hpp"
#include "memory/owner_lock.hpp"
#include "memory/record_table.hpp"
#include "memory/size_bins.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace dotcompute::memory {

/// Names a record of any kind: the kind in the two highest bits.
using block_index = std::uint32_t;
inline constexpr block_index no_block = ~0u;
inline constexpr std::uint32_t kind_shift = 30;
constexpr std::uint32_t kind_of(block_index b) noexcept {
  return b >> kind_shift;
}
constexpr std::uint32_t node_of(block_index b) noexcept {
  return b & ((1u << kind_shift) - 1);
}

/// The records of all kinds.
class block_records {
 public:
  block_record& operator[](block_index b) const noexcept { return tables_[kind_of(b)][node_of(b)]; }
  block_record* find(block_index b) const noexcept {
    return kind_of(b) < buffer_kinds ? tables_[kind_of(b)].find(node_of(b)) : nullptr;
  }
  record_table& of(std::uint32_t kind) noexcept { return tables_[kind]; }
  const record_table& of(std::uint32_t kind) const noexcept { return tables_[kind]; }

 private:
  std::array<record_table, buffer_kinds> tables_;
};

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
  static constexpr std::uint32_t classes = 16 * size_bins::per_doubling;
  /// The largest block that is kept: 2^19 units of 256 bytes are 128 MiB.
  static constexpr std::uint64_t largest_block = size_bins::smallest(classes - 1) * granule;
  static constexpr std::uint32_t most_a_class = 32;

  /// A block of at least `units` that wastes at most an eighth, and its record, or none; with `exactly` one of that
  /// size.
  block_index take(const block_records& records, std::uint32_t kind, std::uint32_t units, bool exactly,
                   block_record*& record) noexcept {
    shelf& s = shelves_[kind];
    const std::uint32_t own = size_bins::of_block(units);
    if (own >= classes) return no_block;
    if (const block_index b = s.heads[own]; b != no_block) {
      block_record& r = records[b];
      const std::uint64_t here = get(r.bytes) / granule;
      if (here == units || (here > units && !exactly)) {
        unlink(r, s, own);
        record = &r;
        return b;
      }
    }
    if (exactly) return no_block;
    const std::uint32_t last = size_bins::of_block(units + units / 8);
    const std::uint32_t bin = s.first_from(own + 1);
    if (bin > last || bin >= classes) return no_block;
    const block_index b = pop(records, s, bin);
    record = &records[b];
    return b;
  }
  /// False when it does not want the block.
  bool put(const block_records& records, block_index b) noexcept { return put(records[b], b); }
  bool put(block_record& r, block_index b) noexcept {
    const std::uint64_t bytes = get(r.bytes);
    if (bytes > largest_block) return false;
    const std::uint32_t bin = size_bins::of_block(static_cast<std::uint32_t>(bytes / granule));
    shelf& s = shelves_[kind_of(b)];
    if (s.counts[bin] >= most_a_class) return false;
    set(r.next, s.heads[bin]);
    s.heads[bin] = b;
    ++s.counts[bin];
    s.words[bin / 64] |= std::uint64_t{1} << (bin % 64);
    bytes_ += bytes;
    return true;
  }
  /// Takes blocks out until at most `left` bytes are kept: large ones first, and first those that have others of their
  /// size beside them, so that what is left serves as many sizes as it can.
  block_list shrink(const block_records& records, std::uint64_t left) noexcept;
  std::uint64_t bytes() const noexcept { return bytes_; }

  owner_lock lock;
  std::uint32_t number = 0;                       ///< in the pool's list
  std::atomic<const void*> thread{nullptr};       ///< whose it is; null: nobody's
  std::atomic<std::uint32_t> queue{0};            ///< queue_id
  std::uint32_t operations = 0;                   ///< for sampling
  bool is_shared = false;                         ///< serves threads that can have none, which claim it in turn
  std::uint64_t cache_limit = 0, flush_limit = 0; ///< bytes; copies of what the pool allows, refreshed now and then
  counters counts;
  alignas(64) inbox returned;

 private:
  struct shelf {
    shelf() noexcept { heads.fill(no_block); }
    std::uint32_t first_from(std::uint32_t bin) const noexcept {
      if (bin >= classes) return ~0u;
      std::uint32_t word = bin / 64;
      std::uint64_t bits = words[word] >> (bin % 64) << (bin % 64);
      while (bits == 0) {
        if (++word == words.size()) return ~0u;
        bits = words[word];
      }
      return word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
    }
    std::array<block_index, classes> heads;
    std::array<std::uint8_t, classes> counts{};
    std::array<std::uint64_t, classes / 64> words{};
  };

  block_index pop(const block_records& records, shelf& s, std::uint32_t bin) noexcept {
    const block_index b = s.heads[bin];
    unlink(records[b], s, bin);
    return b;
  }
  void unlink(const block_record& r, shelf& s, std::uint32_t bin) noexcept {
    s.heads[bin] = get(r.next);
    if (--s.counts[bin] == 0) s.words[bin / 64] &= ~(std::uint64_t{1} << (bin % 64));
    bytes_ -= get(r.bytes);
  }

  std::uint64_t bytes_ = 0;
  std::array<shelf, buffer_kinds> shelves_;
};

} // namespace dotcompute::memory
