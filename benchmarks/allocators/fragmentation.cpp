// SPDX-License-Identifier: MIT
// Requests that fail although enough bytes are free, in one segment that is a little larger than what is live.
#include "best_fit.hpp"
#include "request_sequence.hpp"
#include "rows.hpp"
#include "sides.hpp"

#include <dotcompute/error.hpp>
#include <fmt/format.h>
#include <optional>

namespace dotcompute::benchmark {

namespace {

struct tally {
  std::uint64_t requests = 0, fragmented = 0, other = 0;
  std::string wrong;
  double percent() const { return 100.0 * static_cast<double>(fragmented) / static_cast<double>(requests); }
};

struct own_segment {
  using block = ::dotcompute::memory::allocation;
  explicit own_segment(std::uint64_t capacity) : all(options_for(capacity)) {}

  static ::dotcompute::memory::pool_options options_for(std::uint64_t capacity) {
    ::dotcompute::memory::pool_options p;
    p.capacity = p.smallest_segment = p.largest_segment = capacity;
    p.retry_after = std::chrono::nanoseconds(0);
    p.logs_failures = false;
    return p;
  }
  std::optional<block> allocate(std::uint64_t bytes, tally& t) {
    try {
      return all.allocate(bytes);
    } catch (const allocation_error& e) {
      ++(e.cause() == allocation_failure::fragmentation ? t.fragmented : t.other);
      return {};
    }
  }
  void free(const block& b) { all.free(b); }
  static std::uintptr_t address(const block& b) { return own_allocator::address(b); }
  std::string contradiction() const { return all.contradiction(); }

  own_allocator all;
};

struct best_fit_segment {
  using block = best_fit::block;
  explicit best_fit_segment(std::uint64_t capacity) : all(capacity) {}
  std::optional<block> allocate(std::uint64_t bytes, tally& t) {
    const auto b = all.allocate(bytes);
    if (!b) ++(all.free_bytes() >= bytes ? t.fragmented : t.other);
    return b;
  }
  void free(const block& b) { all.free(b); }
  static std::uintptr_t address(const block& b) { return b.offset; }
  static std::string contradiction() { return {}; }

  best_fit all;
};

constexpr unsigned seed = 3;

struct live_bytes {
  double mean = 0;
  std::uint64_t peak = 0;
};

/// How much the requests keep live when none fails.
live_bytes add_up(std::size_t blocks, std::uint64_t requests) {
  log_uniform_sizes random(256, 8 << 20, seed);
  std::vector<std::uint64_t> live;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < blocks; ++i)
    bytes += live.emplace_back(random.next());
  live_bytes found;
  for (std::uint64_t i = 0; i < requests; ++i) {
    auto& victim = live[random.below(static_cast<std::uint32_t>(blocks))];
    bytes -= victim;
    bytes += victim = random.next();
    found.mean += static_cast<double>(bytes) / static_cast<double>(requests);
    found.peak = std::max(found.peak, bytes);
  }
  return found;
}

/// Each request takes the place of a random block, which is freed before; where there was no room, the place stays
/// empty until it is chosen again. Failures while the blocks are made at first do not count.
template <class Segment>
tally run(std::uint64_t capacity, std::size_t blocks, std::uint64_t requests) {
  Segment segment(capacity);
  log_uniform_sizes random(256, 8 << 20, seed);
  struct place {
    std::optional<typename Segment::block> block;
    std::uint64_t bytes = 0;
  };
  std::vector<place> live(blocks);
  tally t;
  const auto fill = [&](place& p) {
    p.bytes = random.next();
    p.block = segment.allocate(p.bytes, t);
  };
  for (auto& p : live)
    fill(p);
  for (t = {}; t.requests < requests; ++t.requests) {
    auto& victim = live[random.below(static_cast<std::uint32_t>(blocks))];
    if (victim.block) segment.free(*victim.block);
    fill(victim);
  }
  std::vector<extent> all;
  for (const auto& p : live)
    if (p.block) all.push_back({Segment::address(*p.block), p.bytes});
  t.wrong = find_overlap(std::move(all));
  if (t.wrong.empty()) t.wrong = segment.contradiction();
  for (const auto& p : live)
    if (p.block) segment.free(*p.block);
  return t;
}

row fragmentation_with(const options& o, const std::string& name, const std::string& what, double bytes,
                       std::optional<double> at_most) {
  if (o.progress) o.progress("memory_fragmentation, " + what);
  row r = memory_row("memory_fragmentation_" + name,
                     "requests of 256 B to 8 MiB that fail though enough is free, " + what, "failures", "%");
  const std::size_t blocks = o.quick ? 128 : 4096;
  const std::uint64_t requests = o.quick ? 1000 : 300'000;
  const auto granularity = ::dotcompute::memory::imagined_memory::granularity;
  const auto capacity = static_cast<std::uint64_t>(bytes) / granularity * granularity;
  const auto own = run<own_segment>(capacity, blocks, requests);
  r.own = figure{own.percent(), own.percent()};
  note_problem(r, "dotcompute", own.wrong);
  if (wants_peer(o, "best_fit")) {
    const auto exact = run<best_fit_segment>(capacity, blocks, requests);
    r.peers["best_fit"] = {exact.percent(), exact.percent()};
    note_problem(r, "best_fit", exact.wrong);
  }
  if (at_most) require_at_most(r, o, *at_most);
  return r;
}

} // namespace

std::vector<row> measure_fragmentation(const options& o) {
  const auto live = add_up(o.quick ? 128 : 4096, o.quick ? 1000 : 300'000);
  const auto peak = static_cast<double>(live.peak);
  return {fragmentation_with(o, "10", "memory 10 % above the most that is live", peak * 1.10, 0.15),
          fragmentation_with(o, "25", "memory 25 % above the most that is live", peak * 1.25, 0),
          fragmentation_with(o, "mean_10", "memory 10 % above the mean that is live", live.mean * 1.10, {})};
}

} // namespace dotcompute::benchmark
