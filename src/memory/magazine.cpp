// SPDX-License-Identifier: MIT
#include "memory/magazine.hpp"

namespace dotcompute::memory {

block_list magazine::shrink(const block_records& records, std::uint64_t left) noexcept {
  block_list out;
  const auto pop = [&](std::uint32_t place) { out.push(records, unlink(place, records[shelves_[place].first])); };
  if (left == 0 && large_ != no_block) out.push(records, std::exchange(large_, no_block));
  for (const std::uint32_t keep : {1u, 0u})
    for (std::uint32_t word = classes / 64; bytes_ > left && word-- != 0;)
      for (std::uint32_t kind = 0; kind < buffer_kinds; ++kind) {
        const std::uint32_t at = kind * (classes / 64) + word;
        for (std::uint64_t bits = words_[at]; bits != 0 && bytes_ > left;) {
          const auto bit = static_cast<std::uint32_t>(std::bit_width(bits)) - 1;
          bits &= ~(std::uint64_t{1} << bit);
          while (bytes_ > left && shelves_[at * 64 + bit].count > keep)
            pop(at * 64 + bit);
        }
      }
  return out;
}

} // namespace dotcompute::memory
