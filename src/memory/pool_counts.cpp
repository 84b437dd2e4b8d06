// SPDX-License-Identifier: MIT
#include "memory/pool_counts.hpp"

namespace dotcompute::memory {

std::uint64_t request_sizes::quantile(double share) const noexcept {
  std::uint64_t total = 0;
  std::array<std::uint64_t, bins> seen;
  for (std::uint32_t i = 0; i < bins; ++i)
    total += seen[i] = load(recent_[i]);
  if (total == 0) return 0;
  const double wanted = share * static_cast<double>(total);
  std::uint64_t below = 0;
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < bins; ++i) {
    if (seen[i] == 0) continue;
    last = i;
    below += seen[i];
    if (static_cast<double>(below) >= wanted) break;
  }
  return size_bins::smallest(last == 0 ? 1 : last) * 256;
}

// Concurrent additions may be lost: they are a sample, and recent ones matter more than all.
void request_sizes::forget_half() noexcept {
  if (recent_total_.exchange(0, std::memory_order_relaxed) <= keep) return;
  std::uint64_t left = 0;
  for (auto& bin : recent_) {
    const std::uint64_t half = load(bin) / 2;
    bin.store(half, std::memory_order_relaxed);
    left += half;
  }
  recent_total_.fetch_add(left, std::memory_order_relaxed);
}

} // namespace dotcompute::memory
