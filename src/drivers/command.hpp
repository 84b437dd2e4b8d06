// SPDX-License-Identifier: MIT
// Programs and commands on their way to a device, as plain data.
#pragma once

#include <dotcompute/reflection.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::drivers {

/// Where an argument lies in the argument block, and what it is.
struct argument_place {
  std::uint32_t offset = 0; ///< bytes
  std::uint32_t bytes = 0;
  argument_space space = argument_space::value;
  friend bool operator==(const argument_place&, const argument_place&) = default;
};

/// Code of one kernel, for one local size or any (zeros).
struct kernel_code {
  std::string kernel, symbol;
  std::array<std::uint32_t, 3> local_size{};
  std::uint64_t local_bytes = 0;   ///< static local memory of one work-group
  std::uint64_t scratch_bytes = 0; ///< per thread, CPU only
  bool is_flat = false;            ///< may be run over any partition of the ND-range
  bool prints = false;             ///< has a printf
  std::vector<argument_place> arguments{};
  /// GPU: to be launched in place of `symbol` when an offset plus a size is beyond 2^31 in some dimension; empty when
  /// `symbol` is for all ranges.
  std::string wide_symbol{};
  /// GPU: work-groups along x that a block of `symbol` may take at once; 1: it never takes several.
  std::uint32_t items = 1;
  /// GPU, flat kernels: blocks may hang over the range's end in the first dimensions, so many of them.
  std::uint32_t guarded_dimensions = 3;
};

/// A compiled program on its way to a device.
struct program_image {
  std::string name; ///< for errors
  std::span<const std::byte> binary;
  std::vector<kernel_code> kernels;
  std::vector<std::string> print_formats;
};

/// Code that a device can run. Immutable and thread-safe; `index` counts program_image::kernels.
class loaded_program {
 public:
  virtual ~loaded_program() = default;
};

/// Of three sizes each; a library's comparison of memory takes longer than its call is worth.
inline bool are_same(const std::uint64_t* a, const std::uint64_t* b) noexcept {
  return ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2])) == 0;
}

struct launch_command {
  const loaded_program* program = nullptr;
  std::uint32_t kernel = 0; ///< index in the program
  std::uint32_t dimensions = 1;
  std::array<std::uint64_t, 3> global_size{1, 1, 1}, global_offset{}, local_size{1, 1, 1};
  const std::byte* arguments = nullptr; ///< argument block; local pointers are offsets
  std::uint32_t argument_bytes = 0;     ///< of the block
  std::uint64_t local_bytes = 0;        ///< of one work-group: static and passed

  /// In a work-group; where it would overflow, some number beyond every device's limit.
  std::uint64_t group_items() const noexcept {
    constexpr std::uint64_t beyond_limits = 1 << 16;
    std::uint64_t items = 1;
    for (const std::uint64_t size : local_size)
      items *= std::min(size, beyond_limits);
    return items;
  }
};

struct copy_command {
  void* to = nullptr;
  const void* from = nullptr;
  std::uint64_t bytes = 0;
};

struct fill_command {
  void* to = nullptr;
  std::uint64_t bytes = 0; ///< a multiple of pattern_bytes
  std::array<std::byte, 128> pattern{};
  std::uint32_t pattern_bytes = 0;
};

} // namespace dotcompute::drivers
