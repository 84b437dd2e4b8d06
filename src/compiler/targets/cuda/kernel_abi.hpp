// SPDX-License-Identifier: MIT
// The contract between generated CUDA kernels and the driver that launches them. Generated code declares the same
// layouts, so a change here is a change of `version`.
//
// A kernel's parameters are the source's arguments in their order, each as it lies in the argument block (a pointer to
// local memory is its 8-byte offset in the work-group's local memory), then one launch_state by value. All local
// memory, static and passed, is one dynamic shared block; static local memory comes first, from offset 0.
// Work-group (x, y, z) of a slice is block (x, y, z), a work-item a thread. A kernel that may be cut anywhere
// (kernel_reflection::is_flat) gets blocks of at most flat_block_threads, which may hang over the range's end in the
// first `guarded_dimensions` dimensions (drivers::kernel_code) and are one thread deep in the others.
//
// A kernel whose blocks may take several work-groups (kernel_code::items) does so in the first coarse_blocks blocks
// along x: block (x, y, z) takes groups x * items to x * items + items - 1 of its row, all of which lie inside the
// range. The blocks behind them take the groups behind those, one each. Launches that need more than one slice along x,
// and wide kernels, have no coarse blocks; the narrow text of a flat kernel never has more than one slice along x.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotcompute::cuda {

inline constexpr std::uint32_t kernel_abi_version = 3;

/// Enough blocks of so many threads fit a multiprocessor for any number of registers.
inline constexpr std::uint32_t flat_block_threads = 256;

struct launch_state {
  std::uint64_t global_size[3];   ///< work-items of the whole launch, 1 in unused dimensions
  std::uint64_t global_offset[3]; ///< of the first work-item's id
  /// A launch larger than a grid may be is cut into slices; the work-group of block (0, 0, 0) of this one.
  std::uint32_t group_offset[3];
  std::uint32_t group_count[3]; ///< of the whole launch
  std::uint32_t work_dimensions;
  std::uint32_t coarse_blocks; ///< along x, that take several work-groups each
  std::uint64_t print_ring;    ///< device address of a print_ring; 0 for kernels that do not print
};

/// Text on its way from kernels to the host, in memory that both reach. Followed by `capacity` bytes of records, each a
/// multiple of 8 bytes long; the byte at position p lies at p % capacity.
///
/// What kernels advance with atomics lies in device memory, a variable of the program: how far places are taken, and
/// how many records found none. A record's place begins where the last one ends, or at `consumed` if that is further
/// on. When its end would be more than `capacity` beyond `consumed` the kernel takes no place and stores the count of
/// those lost; else it writes the words of the values, fences for the system, and writes the header word last. The host
/// reads records from `consumed` on until a header word is zero, zeroes what it read, and then advances `consumed`;
/// once nothing is in flight it may advance it by `capacity`, beyond every place that was taken.
///
/// Header word: bytes of the record with the header in the lower half, the format's id plus one in the upper half.
/// Values follow as for the CPU's print_function: each promoted and aligned to 8 bytes, pointers to constant text as
/// their index into the program's texts.
struct print_ring {
  std::uint64_t consumed; ///< advanced by the host
  std::uint64_t lost;     ///< records that found no place, or some fewer: kernels store one over the other
  std::uint64_t capacity; ///< bytes; a power of two
  std::uint64_t unused;
};

static_assert(sizeof(launch_state) == 88 && offsetof(launch_state, print_ring) == 80);
static_assert(sizeof(print_ring) == 32);

} // namespace dotcompute::cuda
