// SPDX-License-Identifier: MIT
// Which bins are not empty, in two levels of bits, and how many blocks and bytes each holds.
#pragma once

#include "memory/size_bins.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace dotcompute::memory {

/// Written by one thread at a time, under the allocator's lock. Counts and sizes may be read by any thread at any time;
/// each is then a value that was true at some moment.
class bin_index {
 public:
  static constexpr std::uint32_t none = ~0u;

  void add(std::uint32_t bin, std::uint32_t units) noexcept {
    if (change(bins_[bin], 1, units) == 1) {
      words_[bin / 64] |= std::uint64_t{1} << (bin % 64);
      summary_ |= 1u << (bin / 64);
    }
  }
  void remove(std::uint32_t bin, std::uint32_t units) noexcept {
    if (change(bins_[bin], std::uint32_t(-1), 0 - std::uint64_t{units}) == 0) {
      words_[bin / 64] &= ~(std::uint64_t{1} << (bin % 64));
      if (words_[bin / 64] == 0) summary_ &= ~(1u << (bin / 64));
    }
  }

  /// The first bin from `bin` on that is not empty, or `none`.
  std::uint32_t first_from(std::uint32_t bin) const noexcept {
    if (bin >= size_bins::count) return none;
    const std::uint32_t word = bin / 64;
    if (const std::uint64_t here = words_[word] >> (bin % 64); here != 0)
      return bin + static_cast<std::uint32_t>(std::countr_zero(here));
    // Shifting by word + 1 <= 8 keeps within the summary's bits.
    const std::uint32_t above = summary_ >> (word + 1) << (word + 1);
    if (above == 0) return none;
    const auto next = static_cast<std::uint32_t>(std::countr_zero(above));
    return next * 64 + static_cast<std::uint32_t>(std::countr_zero(words_[next]));
  }

  std::uint32_t blocks(std::uint32_t bin) const noexcept { return bins_[bin].blocks.load(std::memory_order_relaxed); }
  std::uint64_t units(std::uint32_t bin) const noexcept { return bins_[bin].units.load(std::memory_order_relaxed); }

 private:
  struct figures {
    std::atomic<std::uint64_t> units{0};
    std::atomic<std::uint32_t> blocks{0};
  };

  static std::uint32_t change(figures& f, std::uint32_t blocks, std::uint64_t units) noexcept {
    f.units.store(f.units.load(std::memory_order_relaxed) + units, std::memory_order_relaxed);
    const std::uint32_t now = f.blocks.load(std::memory_order_relaxed) + blocks;
    f.blocks.store(now, std::memory_order_relaxed);
    return now;
  }

  static_assert(size_bins::count <= 8 * 64);
  std::array<figures, size_bins::count> bins_{};
  std::array<std::uint64_t, 8> words_{};
  std::uint32_t summary_ = 0;
};

} // namespace dotcompute::memory
