// SPDX-License-Identifier: MIT
// Requests that are the same for every allocator.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace dotcompute::benchmark {

/// Sizes between `low` and `high` bytes, as many in each doubling, multiples of 256.
class log_uniform_sizes {
 public:
  log_uniform_sizes(std::uint64_t low, std::uint64_t high, unsigned seed)
      : random_(seed), low_(static_cast<double>(low)), doublings_(std::log2(static_cast<double>(high) / low_)) {}
  std::uint64_t next() {
    const double share = static_cast<double>(random_() >> 8) * 0x1p-24;
    return static_cast<std::uint64_t>(low_ * std::exp2(share * doublings_)) / 256 * 256;
  }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

 private:
  std::mt19937 random_;
  double low_, doublings_;
};

struct extent {
  std::uintptr_t address = 0;
  std::uint64_t bytes = 0;
};

/// "blocks overlap at ...", or nothing.
inline std::string find_overlap(std::vector<extent> blocks) {
  std::sort(blocks.begin(), blocks.end(), [](const extent& a, const extent& b) { return a.address < b.address; });
  for (std::size_t i = 1; i < blocks.size(); ++i)
    if (blocks[i - 1].address + blocks[i - 1].bytes > blocks[i].address)
      return "two live blocks overlap at " + std::to_string(blocks[i].address);
  return {};
}

} // namespace dotcompute::benchmark
