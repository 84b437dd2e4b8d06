// SPDX-License-Identifier: MIT
// What a pool knows about each block beside its place: one cache line each, at an address that never changes.
#pragma once

#include "memory/block.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace dotcompute::memory {

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
  std::uint32_t unused;
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

/// Records by index. Chunks double in size and never move, so records may be used by any thread while one adds chunks.
class record_table {
 public:
  record_table() = default;
  record_table(const record_table&) = delete;
  record_table& operator=(const record_table&) = delete;
  ~record_table() {
    for (void* memory : owned_)
      std::free(memory);
  }

  /// The record, whose chunk must exist.
  block_record& operator[](std::uint32_t index) const noexcept {
    const std::uint64_t place = std::uint64_t{index} + first_chunk;
    const auto doublings = static_cast<unsigned>(std::bit_width(place)) - first_bits;
    return chunks_[doublings].load(std::memory_order_acquire)[place - (std::uint64_t{first_chunk} << doublings)];
  }
  /// Null where ensure() never reached.
  block_record* find(std::uint32_t index) const noexcept {
    const std::uint64_t place = std::uint64_t{index} + first_chunk;
    const auto doublings = static_cast<unsigned>(std::bit_width(place)) - first_bits;
    block_record* const chunk = chunks_[doublings].load(std::memory_order_acquire);
    return chunk ? chunk + (place - (std::uint64_t{first_chunk} << doublings)) : nullptr;
  }

  /// Makes the record exist. One thread at a time. Throws std::bad_alloc. Untouched pages of a new chunk take no
  /// memory.
  void ensure(std::uint32_t index) {
    const std::uint64_t place = std::uint64_t{index} + first_chunk;
    const auto doublings = static_cast<unsigned>(std::bit_width(place)) - first_bits;
    if (chunks_[doublings].load(std::memory_order_relaxed)) return;
    const std::size_t bytes = (std::size_t{first_chunk} << doublings) * sizeof(block_record);
    // calloc() knows which pages are zero already; the slack makes room to start on a cache line.
    void* const fresh = std::calloc(1, bytes + alignof(block_record));
    if (!fresh) throw std::bad_alloc();
    void* start = fresh;
    std::size_t space = bytes + alignof(block_record);
    std::align(alignof(block_record), bytes, start, space);
    owned_[doublings] = fresh;
    chunks_[doublings].store(static_cast<block_record*>(start), std::memory_order_release);
  }

  /// Calls visit(index, record) for every record that exists.
  template <class Visit>
  void for_each(Visit visit) const {
    std::uint32_t index = 0;
    for (unsigned doublings = 0; doublings < chunks_.size(); ++doublings) {
      block_record* const chunk = chunks_[doublings].load(std::memory_order_acquire);
      if (!chunk) return;
      for (std::uint64_t i = 0; i < std::uint64_t{first_chunk} << doublings; ++i)
        visit(index++, chunk[i]);
    }
  }

 private:
  static constexpr std::uint32_t first_chunk = 1024;
  static constexpr unsigned first_bits = 11;            // bit_width(first_chunk)
  std::array<std::atomic<block_record*>, 20> chunks_{}; // 2^30 records
  std::array<void*, 20> owned_{};
};

} // namespace dotcompute::memory
