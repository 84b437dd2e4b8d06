// SPDX-License-Identifier: MIT
// How a pool's blocks are named, asked for and handed out.
#pragma once

#include <dotcompute/memory_statistics.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace dotcompute::memory {

inline constexpr std::uint64_t granule = 256; ///< sizes and offsets are multiples of it, in bytes

/// An interned owner name; 0 is "no tag".
enum class tag_id : std::uint32_t {};
/// A queue that a pool knows; 0 is "no queue": the host's own order.
enum class queue_id : std::uint32_t {};

inline constexpr tag_id untagged{0};
inline constexpr queue_id no_queue{0};

/// Names one allocation, never another one of the same place: the generation changes when the block is freed. 0 is
/// none.
struct block_handle {
  std::uint32_t index = 0; ///< kind in the two highest bits
  std::uint32_t generation = 0;

  explicit operator bool() const noexcept { return generation != 0; }
  friend auto operator<=>(const block_handle&, const block_handle&) = default;
};

struct allocation_request {
  std::uint64_t bytes = 0;
  std::uint64_t alignment = granule; ///< a power of two; at most the source's segment granularity
  buffer_kind kind = buffer_kind::device_local;
  tag_id tag = untagged;
  queue_id queue = no_queue; ///< whose commands will use it first: may reuse what was freed on that queue
};

struct allocation {
  block_handle handle;
  std::byte* address = nullptr;
  std::uint64_t bytes = 0; ///< that may be used: the request, rounded up
  /// How many bytes from the front may hold something; what follows is zeroed, as it came from the device.
  std::uint64_t used_bytes = 0;
};

/// Where a block lies, for who maps segments elsewhere.
struct block_place {
  std::uint64_t segment = 0; ///< its number, never used twice in a pool
  std::uint64_t offset = 0;  ///< in the segment, in bytes
};

} // namespace dotcompute::memory
