// SPDX-License-Identifier: MIT
// What a pool counts on its slow paths, shared by all threads.
#pragma once

#include "memory/size_bins.hpp"

#include <dotcompute/memory_statistics.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>

namespace dotcompute::memory {

using shared_counter = std::atomic<std::uint64_t>;

inline void add(shared_counter& c, std::uint64_t n = 1) noexcept {
  c.fetch_add(n, std::memory_order_relaxed);
}
inline std::uint64_t load(const shared_counter& c) noexcept {
  return c.load(std::memory_order_relaxed);
}

class shared_latency {
 public:
  void add(std::int64_t nanoseconds) noexcept {
    const auto n = static_cast<std::uint64_t>(nanoseconds < 1 ? 1 : nanoseconds);
    const auto power = static_cast<std::size_t>(std::bit_width(n)) - 1;
    memory::add(counts_[power < counts_.size() ? power : counts_.size() - 1]);
  }
  void read(latency_histogram& out) const noexcept {
    for (std::size_t i = 0; i < counts_.size(); ++i)
      out.counts[i] = load(counts_[i]);
  }

 private:
  std::array<shared_counter, std::tuple_size_v<decltype(latency_histogram::counts)>> counts_{};
};

/// Sizes of requests: totals by doubling for the statistics, and the recent ones in sixteenths of a doubling for
/// percentiles.
class request_sizes {
 public:
  static constexpr std::uint32_t bins = size_bins::count;

  void add(std::uint64_t bytes, std::uint64_t weight) noexcept {
    const auto power = static_cast<std::size_t>(std::bit_width(bytes)) - 1;
    memory::add(totals_[power < totals_.size() ? power : totals_.size() - 1], weight);
    const std::uint64_t units = (bytes + 255) / 256;
    memory::add(recent_[size_bins::of_block(units > 0xffffffff ? 0xffffffffu : static_cast<std::uint32_t>(units))],
                weight);
    if (recent_total_.fetch_add(weight, std::memory_order_relaxed) > keep) forget_half();
  }
  void read(std::array<std::uint64_t, 48>& out) const noexcept {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = load(totals_[i]);
  }
  /// Bytes that a share of the recent requests did not exceed, to 1/16; 0 when there were none.
  std::uint64_t quantile(double share) const noexcept;

 private:
  static constexpr std::uint64_t keep = 1 << 17;
  void forget_half() noexcept;

  std::array<shared_counter, 48> totals_{};
  std::array<shared_counter, bins> recent_{};
  shared_counter recent_total_{0};
};

struct pool_counts {
  shared_counter driver_allocations{0}, driver_frees{0}, driver_failures{0};
  shared_counter trims{0}, spills{0}, retries{0}, shortages{0}, snapshots{0};
  shared_counter wrong_frees{0};
  std::array<shared_counter, allocation_failures> failures{};
  shared_counter last_failed_bytes{0};
  shared_counter pending_resolved{0}; ///< by who found a queue to be done
  shared_latency fast, slow, driver;
  request_sizes requests;
  /// Live bytes as far as threads have flushed them, and their highest value.
  alignas(64) std::atomic<std::int64_t> flushed_bytes{0};
  shared_counter allocated_peak{0};
};

} // namespace dotcompute::memory
