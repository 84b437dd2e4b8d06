// SPDX-License-Identifier: MIT
#include "memory/magazine.hpp"

namespace dotcompute::memory {

block_list magazine::shrink(const block_records& records, std::uint64_t left) noexcept {
  block_list out;
  for (std::uint32_t bin = classes; left != 0 && bytes_ > left && bin-- != 0;)
    for (shelf& s : shelves_)
      while (bytes_ > left && s.counts[bin] > 1)
        out.push(records, pop(records, s, bin));
  for (std::uint32_t word = classes / 64; word-- != 0;)
    for (shelf& s : shelves_)
      while (bytes_ > left && s.words[word] != 0) {
        const auto bin = word * 64 + static_cast<std::uint32_t>(std::bit_width(s.words[word])) - 1;
        out.push(records, pop(records, s, bin));
      }
  return out;
}

} // namespace dotcompute::memory
