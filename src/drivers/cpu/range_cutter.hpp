// SPDX-License-Identifier: MIT
// Cuts an ND-range into boxes of neighbouring work-groups (or, for flat kernels, work-items).
#pragma once

#include "compiler/targets/cpu/kernel_abi.hpp"

#include <array>
#include <cstdint>

namespace dotcompute::cpu {

/// A grid of boxes over [0, size). Boxes are numbered along x first, then y, then z, so that neighbours in number are
/// neighbours in memory. Plain data.
struct range_cutter {
  std::array<std::uint64_t, 3> size{1, 1, 1}, box{1, 1, 1}, boxes{1, 1, 1};

  /// About `wanted` boxes, never more than 2^31: rows are kept whole while there are enough of them; a cut within a row
  /// falls on a multiple of `granule`.
  static range_cutter cut(const std::array<std::uint64_t, 3>& size, std::uint64_t wanted, std::uint64_t granule);

  std::uint64_t count() const { return boxes[0] * boxes[1] * boxes[2]; }
  launch_range at(std::uint64_t number) const;
};

} // namespace dotcompute::cpu
