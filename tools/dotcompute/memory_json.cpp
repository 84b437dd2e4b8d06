// SPDX-License-Identifier: MIT
#include "memory_json.hpp"

#include <algorithm>

namespace dotcompute::tool {

namespace {

using json = nlohmann::ordered_json;

template <class T>
json value_of(const known<T>& k) {
  return k ? json(*k) : json(nullptr);
}

json age_of(const known<std::chrono::nanoseconds>& age) {
  return age ? json(age->count()) : json(nullptr);
}

/// Counts up to the last that is not zero: entry i is of [2^i, 2^(i+1)).
template <std::size_t N>
json powers_of_two(const std::array<std::uint64_t, N>& counts) {
  std::size_t size = N;
  while (size != 0 && counts[size - 1] == 0)
    --size;
  return json(std::vector<std::uint64_t>(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(size)));
}

json latency(const latency_histogram& h) {
  return {{"samples", h.total()},
          {"p50_ns", value_of(h.quantile(0.5))},
          {"p99_ns", value_of(h.quantile(0.99))},
          {"counts", powers_of_two(h.counts)}};
}

json share(const known<fragmentation_at>& f) {
  return f ? json{{"bytes", f->bytes}, {"share", f->share}} : json(nullptr);
}

json fragmentation(const fragmentation_figures& f) {
  return {{"nothing_is_free", f.nothing_is_free},
          {"internal", f.internal},
          {"median", share(f.median)},
          {"p95", share(f.p95)},
          {"p99", share(f.p99)},
          {"largest", share(f.largest)},
          {"last_failed", share(f.last_failed)},
          {"largest_free_bytes", f.largest_free_bytes},
          {"largest_free_index", f.largest_free_index},
          {"stranded_bytes", f.stranded_bytes},
          {"age_ns", f.age.count()}};
}

json device_figures(const known<device_memory_figures>& d) {
  if (!d) return nullptr;
  return {{"total_bytes", value_of(d->total_bytes)},
          {"free_bytes", value_of(d->free_bytes)},
          {"used_by_others_bytes", value_of(d->used_by_others_bytes)},
          {"age_ns", d->age.count()},
          {"is_stale", d->is_stale}};
}

json tags_json(const known<std::vector<tag_statistics>>& tags) {
  if (!tags) return nullptr;
  json list = json::array();
  for (const auto& t : *tags)
    list.push_back({{"name", t.name},
                    {"live_bytes", t.live_bytes},
                    {"live_blocks", t.live_blocks},
                    {"peak_bytes", t.peak_bytes},
                    {"budget_bytes", value_of(t.budget_bytes)},
                    {"refused", t.refused},
                    {"oldest_age_ns", age_of(t.oldest_age)}});
  return list;
}

} // namespace

json failures_json(const std::array<std::uint64_t, allocation_failures>& failures) {
  json j = json::object();
  for (std::size_t i = 0; i < failures.size(); ++i)
    j[std::string(to_string(static_cast<allocation_failure>(i)))] = failures[i];
  return j;
}

json to_json(const memory_statistics& s) {
  return {{"requested_bytes", s.requested_bytes},
          {"allocated_bytes", s.allocated_bytes},
          {"pending_free_bytes", s.pending_free_bytes},
          {"cached_bytes", s.cached_bytes},
          {"free_bytes", s.free_bytes},
          {"reserved_bytes", s.reserved_bytes},
          {"host_shared_bytes", s.host_shared_bytes},
          {"reserved_peak_bytes", s.reserved_peak_bytes},
          {"allocated_peak_bytes", s.allocated_peak_bytes},
          {"peak_error_bytes", s.peak_error_bytes},
          {"budget_bytes", value_of(s.budget_bytes)},
          {"segments", s.segments},
          {"live_blocks", s.live_blocks},
          {"allocations", s.allocations},
          {"frees", s.frees},
          {"splits", s.splits},
          {"merges", s.merges},
          {"fast_allocations", s.fast_allocations},
          {"slow_allocations", s.slow_allocations},
          {"remote_frees", s.remote_frees},
          {"queue_ordered_frees", s.queue_ordered_frees},
          {"cross_queue_reuses", s.cross_queue_reuses},
          {"driver_allocations", s.driver_allocations},
          {"driver_frees", s.driver_frees},
          {"driver_failures", s.driver_failures},
          {"trims", s.trims},
          {"spills", s.spills},
          {"retries", s.retries},
          {"shortages", s.shortages},
          {"failures", failures_json(s.failures)},
          {"wrong_frees", s.wrong_frees},
          {"fast_latency", latency(s.fast_latency)},
          {"slow_latency", latency(s.slow_latency)},
          {"driver_latency", latency(s.driver_latency)},
          {"request_sizes", powers_of_two(s.request_sizes)},
          {"largest_request_bytes", s.largest_request_bytes},
          {"fragmentation", fragmentation(s.fragmentation)},
          {"device", device_figures(s.device)},
          {"tags", tags_json(s.tags)},
          {"sequence", s.sequence},
          {"time_ns", s.time},
          {"generation", s.generation},
          {"is_consistent", s.is_consistent}};
}

json to_json(const memory_map& map) {
  json segments = json::array();
  for (const auto& s : map.segments) {
    json blocks = json::array();
    for (const auto& b : s.blocks) {
      // Only live blocks have an owner: the rest would triple the size of the page.
      if (b.state == block_state::live)
        blocks.push_back({b.offset, b.bytes, static_cast<int>(b.state), b.tag, b.requested_bytes, b.age.count()});
      else
        blocks.push_back({b.offset, b.bytes, static_cast<int>(b.state)});
    }
    segments.push_back({{"number", s.number},
                        {"kind", std::string(to_string(s.kind))},
                        {"bytes", s.bytes},
                        {"blocks", std::move(blocks)}});
  }
  return {{"tags", map.tags}, {"segments", std::move(segments)}};
}

} // namespace dotcompute::tool
