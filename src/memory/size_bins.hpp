// SPDX-License-Identifier: MIT
// Sizes by bin: 16 bins for each doubling, so that sizes of one bin differ by less than 1/16.
#pragma once

#include <bit>
#include <cstdint>

namespace dotcompute::memory {

/// Sizes are counted in units of a granule, 1 to 2^32 - 1. Bin b < 16 holds exactly the size b; bin 16 * d + m holds
/// the sizes whose highest five bits are 1 and then m, d doublings further up.
namespace size_bins {

inline constexpr std::uint32_t per_doubling = 16;
inline constexpr std::uint32_t count = 29 * per_doubling; ///< of the size with all 32 bits set is the last

/// The bin that a block of this size is in.
constexpr std::uint32_t of_block(std::uint32_t units) noexcept {
  if (units < per_doubling) return units;
  const auto doublings = static_cast<std::uint32_t>(std::bit_width(units)) - 5;
  return (doublings + 1) * per_doubling + ((units >> doublings) & (per_doubling - 1));
}

/// The smallest size that is in the bin.
constexpr std::uint64_t smallest(std::uint32_t bin) noexcept {
  if (bin < 2 * per_doubling) return bin;
  const std::uint32_t doublings = bin / per_doubling - 1;
  return std::uint64_t{per_doubling + bin % per_doubling} << doublings;
}

/// The first bin all of whose blocks are large enough.
constexpr std::uint32_t that_fits(std::uint32_t units) noexcept {
  const std::uint32_t bin = of_block(units);
  return smallest(bin) >= units ? bin : bin + 1;
}

static_assert(of_block(0xffffffffu) == count - 1);

} // namespace size_bins

} // namespace dotcompute::memory
