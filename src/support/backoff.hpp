// SPDX-License-Identifier: MIT
// How long to wait before something that failed is tried again.
#pragma once

#include <chrono>
#include <cstdint>

namespace dotcompute {

/// Nothing after the first `patience` failures; `first` after the next one, and after each further one twice as long.
/// For fewer than 32 failures beyond `patience`.
constexpr std::chrono::nanoseconds pause_after(std::uint32_t failures, std::uint32_t patience,
                                               std::chrono::nanoseconds first) {
  return failures <= patience ? std::chrono::nanoseconds::zero()
                              : first * (std::int64_t{1} << (failures - patience - 1));
}

} // namespace dotcompute
