// SPDX-License-Identifier: MIT
// The contract between generated CPU code and the driver that calls it. Plain C layouts: generated code addresses these
// fields by offset, so a change here is a change of `version`.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotcompute::cpu {

inline constexpr std::uint32_t kernel_abi_version = 2;

/// Called by generated code for each work-item that reaches a printf. `values` holds the arguments one after another,
/// each in its promoted type (i32, i64, f64, vectors as their elements, pointers to constant text as 8-byte addresses),
/// aligned to 8 bytes each. `bytes` is their total size.
using print_function = void (*)(void* context, std::uint32_t format, const void* values, std::uint32_t bytes);

/// Constant during a launch; one for all threads.
struct launch_state {
  const void* arguments;        ///< the argument block; local pointers are offsets into thread_state::local_memory
  std::uint64_t global_size[3]; ///< work-items, 1 in unused dimensions
  std::uint64_t global_offset[3];
  std::uint64_t local_size[3];
  std::uint64_t group_count[3];
  std::uint32_t work_dimensions;
  std::uint32_t cache_kibibytes; ///< caches of all processors that run it; a launch that stores more streams past them
  print_function print;
  void* print_context;
};

/// One per thread that runs work-groups; both blocks are aligned to 128 bytes and hold what the entry asks for.
struct thread_state {
  std::byte* local_memory;
  std::byte* scratch;
};

/// Half-open box. Work-groups by group id; for flat kernels (kernel_reflection::is_flat) work-items, counted from 0
/// without the global offset.
struct launch_range {
  std::uint64_t begin[3];
  std::uint64_t end[3];
};

/// Every exported kernel. Runs the whole range on the calling thread.
using kernel_entry = void (*)(const launch_state*, const thread_state*, const launch_range*);

static_assert(offsetof(launch_state, global_size) == 8 && offsetof(launch_state, print) == 112);
static_assert(sizeof(launch_state) == 128 && sizeof(thread_state) == 16 && sizeof(launch_range) == 48);

} // namespace dotcompute::cpu
