// SPDX-License-Identifier: MIT
#include "drivers/cpu/cpu_segment.hpp"

#include "drivers/file_segment.hpp"
#include "support/processor_budget.hpp"

#include <algorithm>

namespace dotcompute::cpu {

std::unique_ptr<drivers::segment> create_segment(const std::string& device, std::uint64_t bytes) {
  return std::make_unique<drivers::file_segment>(device, bytes);
}

std::function<drivers::memory_usage()> memory_query(known<std::uint64_t> total) {
  return [total] {
    drivers::memory_usage u{total, {}};
    if (const auto available = read_available_memory()) u.free_bytes = *available;
    if (u.total_bytes && u.free_bytes) u.free_bytes = std::min(*u.total_bytes, *u.free_bytes);
    return u;
  };
}

} // namespace dotcompute::cpu
