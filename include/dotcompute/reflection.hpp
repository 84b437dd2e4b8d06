// SPDX-License-Identifier: MIT
// What is known of a compiled kernel without its code: plain data that the front end fills, artifacts carry, and the
// public API shows. Nothing here depends on clang or LLVM.
#pragma once

#include <dotcompute/known.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace dotcompute {

enum class argument_space : std::uint8_t { value, global, constant, local };

/// One kernel argument. Values and pointers lie in the argument block at `offset`; a pointer to local memory is passed
/// as the 8-byte offset of its block within the work-group's local memory.
struct argument_reflection {
  std::string name;
  std::string type_name; ///< as in the source, without qualifiers: "float*", "uint4", "params"
  argument_space space = argument_space::value;
  std::uint32_t size = 0; ///< bytes in the argument block: 8 for pointers
  std::uint32_t alignment = 1;
  std::uint32_t offset = 0;       ///< in the argument block
  std::uint32_t element_size = 0; ///< pointers: bytes of what they point to (1 for void)
  std::string element_type;       ///< pointers: "float", "uint4"; values: same as type_name
  bool is_const = false, is_restrict = false, is_volatile = false;
  bool is_written = true; ///< pointers: the kernel may store through it (or is not known not to)
  bool is_read = true;    ///< pointers: the kernel may load through it (or is not known not to); atomics do both
};

/// What a GPU kernel takes of a multiprocessor, as its compiler says. CPU kernels, and kernels that are not compiled
/// yet, have none of these.
struct kernel_resources {
  known<std::uint32_t> registers;          ///< of 32 bits, for each work-item
  known<std::uint32_t> spill_bytes;        ///< for each work-item, of values that found no register
  known<std::uint32_t> stack_bytes;        ///< for each work-item, spilled values and private arrays
  known<std::uint32_t> static_local_bytes; ///< local memory that is fixed in the code, beside what a launch asks for
  known<std::uint32_t> max_local_items;    ///< work-items that a work-group may have with so many registers
  friend bool operator==(const kernel_resources&, const kernel_resources&) = default;
};

struct kernel_reflection {
  std::string name;
  std::vector<argument_reflection> arguments;
  std::uint32_t argument_bytes = 0; ///< size of the argument block
  std::array<std::uint32_t, 3> required_local_size{};
  std::array<std::uint32_t, 3> local_size_hint{};
  std::uint64_t local_bytes = 0; ///< declared in the kernel, without what arguments pass
  bool has_barrier = false;
  /// The work-group structure cannot be observed: no barrier, no local memory, no question about local ids, group
  /// ids or local size. Such a kernel may be run over any partition of the ND-range.
  bool is_flat = false;
  kernel_resources resources;
};

} // namespace dotcompute
