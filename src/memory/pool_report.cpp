// SPDX-License-Identifier: MIT
// What a pool tells about itself: sums over the threads' counts, and walks over records that stop nobody.
#include "memory/coarse_clock.hpp"
#include "memory/device_monitor.hpp"
#include "memory/pool_core.hpp"
#include "memory/published_fragmentation.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute::memory {
namespace {

/// Bytes of free blocks that requests of `units` can use.
std::uint64_t usable_units(const bin_index& bins, std::uint64_t units) {
  std::uint64_t usable = 0;
  if (units == 0 || units > 0xffffffff) return 0;
  for (std::uint32_t b = size_bins::of_block(static_cast<std::uint32_t>(units)); b < size_bins::count; ++b) {
    const std::uint64_t blocks = bins.blocks(b), all = bins.units(b);
    if (blocks == 0) continue;
    // Counts and sizes are read one after the other while they change, so they may not agree for a moment.
    usable += std::min(all, blocks * (all / blocks / units) * units);
  }
  return usable;
}

} // namespace

fragmentation_figures pool_core::compute_fragmentation() const {
  fragmentation_figures f;
  std::uint64_t free = 0, largest = 0;
  for (const auto& r : regions_) {
    const offset_allocator::figures of = r->figures();
    free += of.free;
    f.stranded_bytes += of.free - std::min(of.free, of.unused_segments);
    for (std::uint32_t b = size_bins::count; b-- != 0;)
      if (const std::uint64_t blocks = r->bins().blocks(b); blocks != 0) {
        largest = std::max(largest, std::max(size_bins::smallest(b), r->bins().units(b) / blocks) * granule);
        break;
      }
  }
  f.nothing_is_free = free == 0;
  f.largest_free_bytes = std::min(largest, free);
  if (free != 0) f.largest_free_index = 1 - static_cast<double>(f.largest_free_bytes) / static_cast<double>(free);
  const auto at = [&](std::uint64_t bytes_asked) -> known<fragmentation_at> {
    if (bytes_asked == 0) return {};
    std::uint64_t usable = 0;
    for (const auto& r : regions_)
      usable += usable_units(r->bins(), (bytes_asked + granule - 1) / granule) * granule;
    const double share = free == 0 ? 0 : 1 - static_cast<double>(std::min(usable, free)) / static_cast<double>(free);
    return fragmentation_at{bytes_asked, share};
  };
  f.median = at(shared.requests.quantile(0.5));
  f.p95 = at(shared.requests.quantile(0.95));
  f.p99 = at(shared.requests.quantile(0.99));
  std::uint64_t largest_request = 0;
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i)
    largest_request =
        std::max(largest_request, magazines_[i].load(std::memory_order_acquire)->counts.largest_request.load());
  f.largest = at(largest_request);
  f.last_failed = at(load(shared.last_failed_bytes));
  return f;
}

std::uint64_t pool_core::count_operations(std::uint32_t magazines) const noexcept {
  std::uint64_t operations = 0;
  for (std::uint32_t i = 0; i < magazines; ++i) {
    const counters& c = magazines_[i].load(std::memory_order_relaxed)->counts;
    operations += c.frees.load() + c.allocations.load();
  }
  return operations;
}

memory_statistics pool_core::statistics() const {
  memory_statistics s;
  s.time = pace_.begin(serial);
  const magazine* const own = last_used.pool_serial == serial ? last_used.found : nullptr;
  std::uint64_t requested = 0, granted = 0, pending = 0;
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    const counters& c = magazines_[i].load(std::memory_order_acquire)->counts;
    s.frees += c.frees.load();
    s.allocations += c.allocations.load();
    requested += c.requested.load();
    granted += c.granted.load();
    pending += c.pending.load();
    s.slow_allocations += c.slow_allocations.load();
    s.remote_frees += c.remote_frees.load();
    s.queue_ordered_frees += c.queue_ordered_frees.load();
    s.cross_queue_reuses += c.cross_queue_reuses.load();
    s.peak_error_bytes += c.recurring_bytes.load();
    s.largest_request_bytes = std::max(s.largest_request_bytes, c.largest_request.load());
  }
  const std::uint64_t operations = s.allocations + s.frees;
  pace_.end(serial, operations - (own ? own->counts.allocations.load() + own->counts.frees.load() : 0));
  // While threads are at work, a free may be seen whose allocation was not.
  const auto not_negative = [](std::uint64_t n) { return static_cast<std::int64_t>(n) < 0 ? 0 : n; };
  const auto difference = [](std::uint64_t more, std::uint64_t less) { return more - std::min(more, less); };
  s.requested_bytes = not_negative(requested);
  s.allocated_bytes = not_negative(granted);
  s.pending_free_bytes = not_negative(pending - load(shared.pending_resolved));
  s.live_blocks = difference(s.allocations, s.frees);
  s.fast_allocations = difference(s.allocations, s.slow_allocations);
  for (const auto& r : regions_) {
    const offset_allocator::figures f = r->figures();
    s.reserved_bytes += f.reserved;
    s.free_bytes += f.free;
    s.segments += f.segments;
    s.splits += f.splits;
    s.merges += f.merges;
    if (r->kind() == buffer_kind::host_shared) s.host_shared_bytes = f.reserved;
  }
  s.cached_bytes = difference(s.reserved_bytes, s.free_bytes + s.allocated_bytes + s.pending_free_bytes);
  s.reserved_peak_bytes = bytes.reserved_peak();
  s.peak_error_bytes += (count - 1) * flush_limit();
  s.budget_bytes = bytes.budget();

  s.driver_allocations = load(shared.driver_allocations);
  s.driver_frees = load(shared.driver_frees);
  s.driver_failures = load(shared.driver_failures);
  s.trims = load(shared.trims);
  s.spills = load(shared.spills);
  s.retries = load(shared.retries);
  s.shortages = load(shared.shortages);
  s.wrong_frees = load(shared.wrong_frees);
  for (std::size_t i = 0; i < allocation_failures; ++i)
    s.failures[i] = load(shared.failures[i]);
  shared.fast.read(s.fast_latency);
  shared.slow.read(s.slow_latency);
  shared.driver.read(s.driver_latency);
  shared.requests.read(s.request_sizes);

  s.generation = options.generation;
  s.sequence = shared.snapshots.fetch_add(1, std::memory_order_relaxed) + 1;
  std::int64_t computed = 0;
  if (!published_->read(s.fragmentation, computed) || s.time - computed > published_fragmentation::fresh) {
    s.fragmentation = compute_fragmentation();
    computed = s.time;
    published_->write(s.fragmentation, computed);
  }
  s.fragmentation.age = std::chrono::nanoseconds(std::max<std::int64_t>(0, s.time - computed));
  if (s.allocated_bytes != 0)
    s.fragmentation.internal = 1 - static_cast<double>(std::min(s.requested_bytes, s.allocated_bytes)) /
                                       static_cast<double>(s.allocated_bytes);
  if (const device_answer answer = monitor->last(); answer.usage) {
    device_memory_figures d;
    d.total_bytes = answer.usage->total_bytes;
    d.free_bytes = answer.usage->free_bytes;
    if (d.total_bytes && d.free_bytes)
      d.used_by_others_bytes = difference(*d.total_bytes, *d.free_bytes + s.reserved_bytes);
    d.age = std::chrono::nanoseconds(std::max<std::int64_t>(0, s.time - answer.time));
    s.device = d;
  }
  s.is_consistent = operations == count_operations(count);
  // A block that moved from thread to thread meanwhile may have been counted twice: that is no peak.
  if (s.is_consistent) ledger::raise(shared.allocated_peak, s.allocated_bytes);
  s.allocated_peak_bytes = load(shared.allocated_peak);
  return s;
}

std::vector<tag_statistics> pool_core::tag_report() const {
  const std::uint32_t tag_count = tags.count();
  std::vector<tag_statistics> out(tag_count);
  std::vector<std::int64_t> live_bytes(tag_count), blocks(tag_count), oldest(tag_count, 0);
  for (std::uint32_t t = 0; t < tag_count; ++t) {
    live_bytes[t] = tags[tag_id{t}].bytes.load(std::memory_order_relaxed);
    blocks[t] = tags[tag_id{t}].blocks.load(std::memory_order_relaxed);
  }
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  const std::uint64_t operations = count_operations(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const counters& c = magazines_[i].load(std::memory_order_acquire)->counts;
    for (std::uint32_t t = 0; t < std::min(tag_count, counters::own_tags); ++t) {
      live_bytes[t] += c.tags[t].bytes();
      blocks[t] += c.tags[t].blocks();
    }
  }
  const bool is_consistent = operations == count_operations(count);
  for (std::uint32_t kind = 0; kind < buffer_kinds; ++kind)
    records.for_each(kind, [&](block_index, const block_record& r) {
      if (phase_of(state_of(r)) != phase::live) return;
      const std::uint32_t t = get(r.tag);
      const std::int64_t since = get(r.since);
      if (t < tag_count && (oldest[t] == 0 || since < oldest[t])) oldest[t] = since;
    });
  const std::int64_t now = now_nanoseconds();
  for (std::uint32_t t = 0; t < tag_count; ++t) {
    tag_figures& f = tags[tag_id{t}];
    tag_statistics& s = out[t];
    s.name = f.name;
    s.live_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(0, live_bytes[t]));
    s.live_blocks = static_cast<std::uint64_t>(std::max<std::int64_t>(0, blocks[t]));
    if (is_consistent) ledger::raise(f.peak, s.live_bytes);
    s.peak_bytes = load(f.peak);
    if (const std::uint64_t b = load(f.budget); b != tag_figures::unlimited) s.budget_bytes = b;
    s.refused = load(f.refused);
    if (oldest[t] != 0) s.oldest_age = std::chrono::nanoseconds(std::max<std::int64_t>(0, now - oldest[t]));
  }
  return out;
}

memory_map pool_core::map() const {
  memory_map m;
  m.time = now_nanoseconds();
  for (const auto& r : regions_)
    r->map(m.segments, m.time);
  std::sort(m.segments.begin(), m.segments.end(),
            [](const mapped_segment& a, const mapped_segment& b) { return a.number < b.number; });
  for (std::uint32_t t = 0; t < tags.count(); ++t)
    m.tags.push_back(tags[tag_id{t}].name);
  return m;
}

void pool_core::check() const {
  const auto wrong = [this](const std::string& what) {
    throw error(error_code::internal, what, describe("check the memory pool"));
  };
  for (const auto& r : regions_)
    if (const std::string text = r->find_contradiction(); !text.empty())
      wrong(std::string(to_string(r->kind())) + " memory: " + text);
  const memory_statistics s = statistics();
  std::uint64_t reserved = 0, live_bytes = 0, live = 0;
  for (const mapped_segment& segment : map().segments) {
    reserved += segment.bytes;
    for (const mapped_block& b : segment.blocks)
      if (b.state == block_state::live) {
        live_bytes += b.bytes;
        ++live;
      }
  }
  if (reserved != bytes.reserved()) wrong("the ledger reserves other bytes than there are segments");
  if (s.reserved_bytes - s.free_bytes != bytes.used()) wrong("the ledger's used bytes do not add up");
  if (!options.statistics) return;
  if (live != s.live_blocks || live_bytes != s.allocated_bytes)
    wrong("the threads counted " + std::to_string(s.live_blocks) + " live blocks of " +
          std::to_string(s.allocated_bytes) + " bytes, there are " + std::to_string(live) + " of " +
          std::to_string(live_bytes));
}

void pool_core::report_leaks() const noexcept {
  try {
    for (const tag_statistics& t : tag_report())
      if (t.live_blocks != 0)
        log::warning("{}: its memory closes with {} live blocks of {} bytes in all {}, the oldest {} s old",
                     options.device, t.live_blocks, t.live_bytes,
                     t.name.empty() ? "without a tag" : "of tag '" + t.name + "'",
                     t.oldest_age ? std::chrono::duration_cast<std::chrono::seconds>(*t.oldest_age).count() : 0);
  } catch (const std::exception& e) {
    log::error("the leak report of {} failed: {}", options.device, e.what());
  }
}

} // namespace dotcompute::memory
