// SPDX-License-Identifier: MIT
#include "drivers/cuda/launch_grid.hpp"

#include <algorithm>
#include <bit>

namespace dotcompute::cuda {
namespace {

constexpr std::uint32_t deepest_block = 64; // threads in z that a block may have, for every compute capability

/// The smallest power of two of at least `n`, at most 2^10.
std::uint32_t rounded_up(std::uint64_t n) {
  return std::bit_ceil(static_cast<std::uint32_t>(std::min<std::uint64_t>(n, 1024)));
}

} // namespace

std::array<std::uint32_t, 3> block_shape(const extent& range, std::uint32_t most, std::uint32_t warp) {
  const std::uint32_t threads = std::max(std::bit_floor(std::min(most, 1024u)), 1u);
  std::array<std::uint32_t, 3> block{1, 1, 1};
  if (range[1] == 1 && range[2] == 1) { // a short row still gets a whole warp
    block[0] = std::min(std::max(rounded_up(range[0]), warp), threads);
    return block;
  }
  block[0] = std::min({rounded_up(range[0]), warp, threads});
  block[1] = std::min(rounded_up(range[1]), threads / block[0]);
  block[2] = std::min({rounded_up(range[2]), threads / (block[0] * block[1]), deepest_block});
  // What y and z leave goes to x again. Short rows still get whole warps, whose spare threads do nothing.
  const std::uint32_t wide = std::max(rounded_up(range[0]), std::min(warp, threads));
  while (block[0] < wide && block[0] * block[1] * block[2] * 2 <= threads &&
         (block[0] < rounded_up(range[0]) || block[0] * block[1] * block[2] < warp))
    block[0] *= 2;
  return block;
}

std::uint32_t coarse_blocks(std::uint64_t whole, std::uint32_t items, double threads, std::uint64_t resident) {
  const std::uint64_t blocks = items > 1 ? whole / items : 0;
  return static_cast<double>(blocks) * threads >= 2.0 * static_cast<double>(resident)
             ? static_cast<std::uint32_t>(blocks)
             : 0;
}

void grid_slices::go_on() {
  for (unsigned d = 0; d < 3; ++d) {
    const std::uint64_t next = std::uint64_t{slice_.offset[d]} + slice_.groups[d];
    if (next < groups_[d]) {
      slice_.offset[d] = static_cast<std::uint32_t>(next);
      measure();
      return;
    }
    slice_.offset[d] = 0;
  }
  is_done_ = true;
}

} // namespace dotcompute::cuda
