// SPDX-License-Identifier: MIT
// A device whose segments are addresses without memory behind them, as a GPU's are for the host: what
// a pool needs to be played without a device.
#pragma once

#include "drivers/segment.hpp"

#include <atomic>

namespace dotcompute::memory {

class imagined_memory final : public drivers::segment_source {
 public:
  static constexpr std::uint64_t granularity = 2 << 20;

  std::unique_ptr<drivers::segment> create_segment(buffer_kind, std::uint64_t bytes) override {
    auto s = std::make_unique<drivers::segment>();
    s->address = reinterpret_cast<std::byte*>(next_.fetch_add(bytes + granularity, std::memory_order_relaxed));
    s->bytes = bytes;
    return s;
  }
  std::uint64_t segment_granularity() const noexcept override { return granularity; }
  std::function<drivers::memory_usage()> memory_query() const override {
    return [] { return drivers::memory_usage{}; };
  }

 private:
  std::atomic<std::uintptr_t> next_{granularity};
};

} // namespace dotcompute::memory
