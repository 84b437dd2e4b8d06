// SPDX-License-Identifier: MIT
// What a pool knows about each block beside its place: one cache line each, at an address that never changes.
#pragma once

#include "memory/block.hpp"

#include <atomic>
#include <cstdint>
#include <type_traits>

namespace dotcompute::memory {

/// Names a record: the kind in the two highest bits, then the allocator's node.
using block_index = std::uint32_t;
inline constexpr block_index no_block = ~0u;
inline constexpr std::uint32_t kind_shift = 30;
inline constexpr std::uint32_t most_nodes = (1u << kind_shift) - 1;
constexpr std::uint32_t kind_of(block_index b) noexcept {
  return b >> kind_shift;
}
constexpr std::uint32_t node_of(block_index b) noexcept {
  return b & most_nodes;
}

enum class phase : std::uint32_t {
  unused,  ///< part of the pool's free memory
  live,    ///< belongs to the application
  cached,  ///< in a thread's cache, or on the way into one
  pending, ///< waits for a queue
};

/// Trivial, so that zeroed memory is an array of them. Fields are read by other threads while their owner changes them,
/// so every access is a relaxed atomic one, which costs nothing; `state` alone orders: whoever sees a phase by
/// state_of() sees what was written before it.
struct alignas(64) block_record {
  std::uint32_t state; ///< generation << 2 | phase
  std::uint32_t owner; ///< the magazine that it was allocated through
  std::uint32_t next;  ///< in a list of free blocks
  std::uint32_t tag;   ///< tag_id
  std::byte* address;
  std::uint64_t bytes;     ///< of the block
  std::uint64_t requested; ///< of a live one
  std::int64_t since;      ///< nanoseconds, when it became live or pending; to some milliseconds
  std::uint64_t number;    ///< on the timeline of `queue`, when freed in queue order; else 0
  std::uint32_t queue;     ///< queue_id that it was freed on
  std::uint32_t shelf;     ///< where magazines keep blocks of this kind and size; magazine::no_shelf: nowhere
};
static_assert(sizeof(block_record) == 64);

template <class T>
[[gnu::always_inline]] inline T get(const T& field) noexcept {
  return std::atomic_ref<T>(const_cast<T&>(field)).load(std::memory_order_relaxed);
}
template <class T>
[[gnu::always_inline]] inline void set(T& field, std::type_identity_t<T> value) noexcept {
  std::atomic_ref<T>(field).store(value, std::memory_order_relaxed);
}

constexpr std::uint32_t generation_of(std::uint32_t state) noexcept {
  return state >> 2;
}
constexpr phase phase_of(std::uint32_t state) noexcept {
  return static_cast<phase>(state & 3);
}
constexpr std::uint32_t make_state(std::uint32_t generation, phase p) noexcept {
  return generation << 2 | static_cast<std::uint32_t>(p);
}
/// Generations have 30 bits, and 0 names nothing.
constexpr std::uint32_t next_generation(std::uint32_t generation) noexcept {
  const std::uint32_t next = (generation + 1) & 0x3fffffff;
  return next == 0 ? 1 : next;
}
inline std::uint32_t state_of(const block_record& r) noexcept {
  return std::atomic_ref<std::uint32_t>(const_cast<std::uint32_t&>(r.state)).load(std::memory_order_acquire);
}
inline void set_state(block_record& r, std::uint32_t state) noexcept {
  std::atomic_ref<std::uint32_t>(r.state).store(state, std::memory_order_release);
}

/// The records of all kinds by block_index. Chunks never move, so records may be used by any thread while others are
/// added; untouched pages, of chunks and of their list, take no memory.
class block_records {
 public:
  block_records();
  ~block_records();
  block_records(const block_records&) = delete;
  block_records& operator=(const block_records&) = delete;

  /// The record, whose chunk must exist.
  block_record& operator[](block_index b) const noexcept {
    return std::atomic_ref(chunks_[b / chunk]).load(std::memory_order_acquire)[b % chunk];
  }
  /// Null where ensure() never reached.
  block_record* find(block_index b) const noexcept {
    block_record* const first = std::atomic_ref(chunks_[b / chunk]).load(std::memory_order_acquire);
    return first ? first + b % chunk : nullptr;
  }
  /// Makes the record of the node exist. One thread at a time for each kind. Throws std::bad_alloc.
  void ensure(std::uint32_t kind, std::uint32_t node);

  /// Calls visit(index, record) for every record of the kind that exists.
  template <class Visit>
  void for_each(std::uint32_t kind, Visit visit) const {
    for (std::uint64_t node = 0; node <= most_nodes; node += chunk) {
      const block_index start = kind << kind_shift | static_cast<std::uint32_t>(node);
      const block_record* const first = find(start);
      if (!first) return;
      for (std::uint32_t i = 0; i < chunk; ++i)
        visit(start + i, first[i]);
    }
  }

 private:
  static constexpr std::uint32_t chunk = 1 << 14; // a mebibyte of records
  static constexpr std::uint32_t chunks = std::uint64_t{1} << 32 >> 14;
  block_record** const chunks_;
};

} // namespace dotcompute::memory
