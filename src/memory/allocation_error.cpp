// SPDX-License-Identifier: MIT
#include <dotcompute/memory.hpp>

namespace dotcompute {

allocation_error::allocation_error(allocation_failure cause, std::uint64_t requested_bytes, const std::string& message,
                                   error_details details)
    : error(error_code::out_of_device_memory, message, std::move(details)), cause_(cause), requested_(requested_bytes) {
}

std::string_view to_string(buffer_kind kind) noexcept {
  switch (kind) {
  case buffer_kind::device_local: return "device_local";
  case buffer_kind::host_shared: return "host_shared";
  case buffer_kind::scratch: return "scratch";
  }
  return "unknown";
}

std::string_view to_string(allocation_failure cause) noexcept {
  switch (cause) {
  case allocation_failure::capacity: return "capacity";
  case allocation_failure::fragmentation: return "fragmentation";
  case allocation_failure::awaiting_queue: return "awaiting_queue";
  case allocation_failure::budget: return "budget";
  case allocation_failure::other_process: return "other_process";
  }
  return "unknown";
}

std::string_view to_string(block_state state) noexcept {
  switch (state) {
  case block_state::live: return "live";
  case block_state::pending: return "pending";
  case block_state::cached: return "cached";
  case block_state::free: return "free";
  }
  return "unknown";
}

std::uint64_t latency_histogram::total() const noexcept {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : counts)
    sum += n;
  return sum;
}

known<double> latency_histogram::quantile(double q) const noexcept {
  const std::uint64_t all = total();
  if (all == 0) return {};
  const double wanted = (q < 0 ? 0 : q > 1 ? 1 : q) * static_cast<double>(all);
  double below = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    last = i;
    const auto here = static_cast<double>(counts[i]);
    if (below + here >= wanted) return static_cast<double>(std::uint64_t{1} << i) * (1 + (wanted - below) / here);
    below += here;
  }
  return static_cast<double>(std::uint64_t{2} << last);
}

} // namespace dotcompute
