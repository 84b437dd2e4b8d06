// SPDX-License-Identifier: MIT
// Allocations and their frees, while 1, 4,096 or 65,536 holes lie between live blocks.
#include "../measure.hpp"
#include "cycle_clock.hpp"
#include "request_sequence.hpp"
#include "rows.hpp"
#include "sides.hpp"

#include <fmt/format.h>
#include <functional>

namespace dotcompute::benchmark {

namespace {

constexpr std::uint64_t smallest = 256, largest = 4096;

constexpr int batch = 64;

/// The time stamp counter of a virtual machine may tick every 10 ns only, which is too coarse for the median of single
/// pairs; the tail of batches would hide the tail of pairs.
struct percentiles {
  double p50 = 0; ///< of batches, per pair
  double p99 = 0; ///< of single pairs
};

/// One side with its holes.
struct field_of_holes {
  std::string name;
  std::function<percentiles(std::size_t most_samples)> measure;
  std::function<std::string()> check;
};

template <class Allocator>
field_of_holes make_field(std::string name, std::shared_ptr<Allocator> allocator, std::size_t holes) {
  struct content {
    std::shared_ptr<Allocator> allocator;
    std::vector<std::pair<typename Allocator::block, std::uint64_t>> live;
    std::vector<std::uint64_t> sizes;
    std::size_t at = 0;

    ~content() {
      for (const auto& [b, bytes] : live)
        allocator->free(b);
    }
  };
  auto c = std::make_shared<content>();
  c->allocator = std::move(allocator);
  log_uniform_sizes random(smallest, largest, 1);
  std::vector<typename Allocator::block> gone;
  for (std::size_t i = 0; i < holes; ++i) {
    gone.push_back(c->allocator->allocate(random.next()));
    const auto bytes = random.next();
    c->live.emplace_back(c->allocator->allocate(bytes), bytes);
  }
  for (const auto& b : gone)
    c->allocator->free(b);
  for (int i = 0; i < 4096; ++i)
    c->sizes.push_back(random.next());

  field_of_holes f;
  f.name = std::move(name);
  f.measure = [c](std::size_t most_samples) {
    using clock = std::chrono::steady_clock;
    const auto& cycles = cycle_clock::calibrated();
    const auto pair = [&] {
      const auto b = c->allocator->allocate(c->sizes[c->at++ % c->sizes.size()]);
      c->allocator->free(b);
    };
    std::vector<double> singles, batches;
    const auto enough = clock::now() + std::chrono::milliseconds(150);
    do {
      const auto begin = cycle_clock::begin();
      for (int i = 0; i < batch; ++i)
        pair();
      batches.push_back(cycles.between(begin, cycle_clock::end()) / batch);
      for (int i = 0; i < batch; ++i) {
        const auto start = cycle_clock::begin();
        pair();
        singles.push_back(cycles.between(start, cycle_clock::end()));
      }
    } while (singles.size() < most_samples && clock::now() < enough);
    std::sort(batches.begin(), batches.end());
    std::sort(singles.begin(), singles.end());
    return percentiles{batches[batches.size() / 2], singles[singles.size() * 99 / 100]};
  };
  f.check = [c] {
    std::vector<extent> all;
    for (const auto& [b, bytes] : c->live)
      all.push_back({Allocator::address(b), bytes});
    std::vector<typename Allocator::block> more;
    for (std::size_t i = 0; i < 64; ++i) {
      more.push_back(c->allocator->allocate(c->sizes[i]));
      all.push_back({Allocator::address(more.back()), c->sizes[i]});
    }
    auto wrong = find_overlap(std::move(all));
    for (const auto& b : more)
      c->allocator->free(b);
    return wrong.empty() ? c->allocator->contradiction() : wrong;
  };
  return f;
}

std::vector<field_of_holes> make_fields(const options& o, std::size_t holes) {
  std::vector<field_of_holes> fields;
  fields.push_back(make_field("dotcompute", std::make_shared<own_allocator>(), holes));
  ::dotcompute::memory::pool_options uncached;
  uncached.caches = false;
  fields.push_back(make_field("uncached", std::make_shared<own_allocator>(uncached), holes));
  if (wants_peer(o, "malloc")) fields.push_back(make_field("malloc", std::make_shared<malloc_allocator>(), holes));
  if (wants_peer(o, "mimalloc") && mimalloc_allocator::functions().reason.empty())
    fields.push_back(make_field("mimalloc", std::make_shared<mimalloc_allocator>(), holes));
  if (wants_peer(o, "pmr")) fields.push_back(make_field("pmr", std::make_shared<pmr_allocator>(), holes));
  if (wants_peer(o, "linear_list"))
    fields.push_back(make_field("linear_list", std::make_shared<linear_list_allocator>(), holes));
  return fields;
}

figure figure_of(std::vector<double> values) {
  const auto t = summarize(std::move(values));
  return {t.best, t.median};
}

row growth(const options& o, std::string workload, std::string title, const row& few, const row& many) {
  row r = memory_row(std::move(workload), std::move(title), "growth", "x");
  if (few.own && many.own && few.own->best > 0) {
    r.own = figure{many.own->best / few.own->best, many.own->median / std::max(few.own->median, 1e-9)};
    for (const auto& [name, f] : few.peers)
      if (const auto found = many.peers.find(name); found != many.peers.end() && f.best > 0)
        r.peers[name] = {found->second.best / f.best, found->second.median / std::max(f.median, 1e-9)};
  }
  r.checked = few.checked && many.checked && r.own;
  require_at_most(r, o, 2);
  return r;
}

} // namespace

std::vector<row> measure_pairs(const options& o) {
  const std::vector<std::size_t> counts =
      o.quick ? std::vector<std::size_t>{1, 64, 256} : std::vector<std::size_t>{1, 4096, 65536};
  std::vector<row> p50_rows, p99_rows, uncached_rows;
  for (const auto holes : counts) {
    const auto what =
        fmt::format("alloc+free of 256 B to 4 KiB beside {} hole{}, no memory touched", holes, holes == 1 ? "" : "s");
    auto p50 = memory_row(fmt::format("memory_pair_{}_p50", holes), what + ", p50 of batches of 64", "time", "ns");
    auto p99 = memory_row(fmt::format("memory_pair_{}_p99", holes), what + ", p99 of single pairs", "time", "ns");
    auto slow = memory_row(fmt::format("memory_pair_{}_uncached", holes), what + ", the same without thread caches",
                           "time", "ns");
    auto fields = make_fields(o, holes);
    std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> seen;
    const unsigned rounds = o.quick ? 1 : std::max(5u, o.rounds);
    for (unsigned round = 0; round < rounds; ++round) {
      if (o.progress) o.progress(fmt::format("memory_pair, {} holes: round {} of {}", holes, round + 1, rounds));
      for (auto& f : fields) {
        f.measure(128); // what ran in between has emptied the caches
        const auto p = f.measure(o.quick ? 64 : 20'000);
        seen[f.name].first.push_back(p.p50);
        seen[f.name].second.push_back(p.p99);
      }
    }
    for (auto& f : fields) {
      const auto median = figure_of(seen[f.name].first), tail = figure_of(seen[f.name].second);
      if (f.name == "dotcompute") {
        p50.own = median;
        p99.own = tail;
      } else if (f.name == "uncached") {
        slow.own = median;
      } else {
        p50.peers[f.name] = slow.peers[f.name] = median;
        p99.peers[f.name] = tail;
      }
      const auto wrong = f.check();
      for (auto* r : {&p50, &p99, &slow})
        note_problem(*r, f.name, wrong);
    }
    note_missing_mimalloc(p50, o);
    for (auto* r : {&p50, &p99, &slow})
      add_ratios(*r);
    require_at_most(p50, o, 30);
    require_at_most(p99, o, 100);
    p50_rows.push_back(std::move(p50));
    p99_rows.push_back(std::move(p99));
    uncached_rows.push_back(std::move(slow));
  }
  std::vector<row> rows;
  for (auto* part : {&p50_rows, &p99_rows, &uncached_rows})
    rows.insert(rows.end(), part->begin(), part->end());
  rows.push_back(
      growth(o, "memory_pair_growth", "alloc+free, most holes against one", p50_rows.front(), p50_rows.back()));
  rows.push_back(growth(o, "memory_pair_uncached_growth", "alloc+free without thread caches, most holes against one",
                        uncached_rows.front(), uncached_rows.back()));
  return rows;
}

} // namespace dotcompute::benchmark
