// SPDX-License-Identifier: MIT
#include "drivers/cpu/range_cutter.hpp"

#include <algorithm>

namespace dotcompute::cpu {
namespace {

std::uint64_t divide_up(std::uint64_t a, std::uint64_t b) {
  return a / b + (a % b != 0);
}

} // namespace

range_cutter range_cutter::cut(const std::array<std::uint64_t, 3>& size, std::uint64_t wanted, std::uint64_t granule) {
  range_cutter c;
  c.size = c.box = size;
  wanted = std::clamp<std::uint64_t>(wanted, 1, 1u << 20);
  if (size[2] >= wanted) {
    c.box[2] = divide_up(size[2], wanted);
  } else {
    c.box[2] = 1;
    const std::uint64_t wanted_rows = divide_up(wanted, size[2]);
    if (size[1] >= wanted_rows) {
      c.box[1] = divide_up(size[1], wanted_rows);
    } else {
      c.box[1] = 1;
      const std::uint64_t wanted_pieces = divide_up(wanted_rows, size[1]);
      const std::uint64_t piece = divide_up(size[0], wanted_pieces);
      c.box[0] = std::min(size[0], divide_up(piece, granule) * granule);
    }
  }
  for (unsigned d = 0; d < 3; ++d)
    c.boxes[d] = divide_up(size[d], c.box[d]);
  return c;
}

launch_range range_cutter::at(std::uint64_t number) const {
  const std::array<std::uint64_t, 3> position{number % boxes[0], number / boxes[0] % boxes[1],
                                              number / boxes[0] / boxes[1]};
  launch_range r;
  for (unsigned d = 0; d < 3; ++d) {
    r.begin[d] = position[d] * box[d];
    r.end[d] = std::min(size[d], r.begin[d] + box[d]);
  }
  return r;
}

} // namespace dotcompute::cpu
