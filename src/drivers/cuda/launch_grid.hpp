// SPDX-License-Identifier: MIT
// How an ND-range becomes blocks and grids.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace dotcompute::cuda {

using extent = std::array<std::uint64_t, 3>;

/// Blocks of a grid at most, per dimension: CUDA C++ Programming Guide, technical specifications (2^31 - 1, 65535,
/// 65535 for every compute capability since 3.0).
inline constexpr extent largest_grid{0x7fffffff, 0xffff, 0xffff};

/// Threads of a block for a kernel that may be cut in any way: at most `most`, a multiple of `warp` where the range is
/// not smaller, neighbours in x side by side. One-dimensional ranges get rows; others get tiles one warp wide, whose
/// rows share what neighbouring rows read.
std::array<std::uint32_t, 3> block_shape(const extent& range, std::uint32_t most, std::uint32_t warp);

/// How many blocks along x take `items` work-groups each, of `whole` that the grid begins with along x. None, unless
/// the threads that are left fill the device twice over: fewer would lose more than several work-items to each can
/// gain. `threads` are those of all blocks with one x, `resident` those that the device has at a time.
std::uint32_t coarse_blocks(std::uint64_t whole, std::uint32_t items, double threads, std::uint64_t resident);

/// One launch of many that together make up a grid too large for one.
struct grid_slice {
  std::array<std::uint32_t, 3> offset{}; ///< first group of it
  std::array<std::uint32_t, 3> groups{};
};

/// Walks over the slices of `groups`, x fastest. Groups per dimension fit 32 bits and are not zero.
class grid_slices {
 public:
  explicit grid_slices(const extent& groups, const extent& largest = largest_grid)
      : groups_(groups), largest_(largest) {
    measure();
  }
  bool is_done() const { return is_done_; }
  const grid_slice& current() const { return slice_; }
  void advance() {
    // Nearly always the first is all there is.
    if (slice_.groups[0] == groups_[0] && slice_.groups[1] == groups_[1] && slice_.groups[2] == groups_[2])
      is_done_ = true;
    else
      go_on();
  }

 private:
  void measure() {
    for (unsigned d = 0; d < 3; ++d)
      slice_.groups[d] = static_cast<std::uint32_t>(std::min(groups_[d] - slice_.offset[d], largest_[d]));
  }
  void go_on();

  extent groups_, largest_;
  grid_slice slice_;
  bool is_done_ = false;
};

} // namespace dotcompute::cuda
