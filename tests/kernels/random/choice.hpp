// SPDX-License-Identifier: MIT
// Reproducible choices: the same on every machine and standard library.
#pragma once

#include <cstddef>
#include <cstdint>

namespace random_programs {

/// SplitMix64 by Sebastiano Vigna.
class choice {
 public:
  explicit choice(std::uint64_t seed) : seed_(seed), state_(seed * 0x9e3779b97f4a7c15ull + 0x1234567) {}

  std::uint64_t seed() const { return seed_; }

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  /// 0 to n - 1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool chance(unsigned percent) { return next() % 100 < percent; }

 private:
  std::uint64_t seed_, state_;
};

} // namespace random_programs
