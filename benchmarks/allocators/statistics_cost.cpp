// SPDX-License-Identifier: MIT
// What counting costs, what reading costs, and what reading costs others.
#include "../measure.hpp"
#include "churn.hpp"
#include "rows.hpp"
#include "sides.hpp"

#include <ctime>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

constexpr std::size_t pairs = 4096;

row cost_of_counting(const options& o) {
  row r = memory_row("memory_statistics_on", "statistics on against off, churn, one operation", "difference", "ns");
  ::dotcompute::memory::pool_options uncounted;
  uncounted.statistics = false;
  own_allocator on, off(uncounted);
  const std::size_t live = o.quick ? 128 : 4096;
  {
    churner<own_allocator> counted(on, live, 1), plain(off, live, 1);
    std::vector<double> with, without;
    // In turns of a fraction of a millisecond: what disturbs the machine disturbs both.
    const int turns = o.quick ? 2 : 1000;
    for (int i = 0; i < turns; ++i) {
      with.push_back(counted.time(pairs));
      without.push_back(plain.time(pairs));
    }
    const auto a = summarize(with), b = summarize(without);
    r.own = figure{(a.best - b.best) / 2, (a.median - b.median) / 2};
    std::vector<extent> all;
    counted.list(all);
    note_problem(r, "dotcompute", find_overlap(all));
    if (on.pool->statistics().live_blocks != live)
      note_problem(r, "dotcompute", "the statistics count other live blocks than there are");
  }
  note_problem(r, "dotcompute", on.contradiction());
  require_at_most(r, o, 10);
  return r;
}

row cost_of_reading(const options& o) {
  row r = memory_row("memory_statistics_read", "statistics(), one read", "time", "ns");
  own_allocator a;
  const std::size_t live = o.quick ? 128 : 4096;
  churner<own_allocator> c(a, live, 1);
  c.run(pairs);
  std::vector<double> samples;
  std::uint64_t blocks = 0;
  constexpr int reads = 256;
  for (int i = 0; i < (o.quick ? 2 : 500); ++i) {
    const auto begin = std::chrono::steady_clock::now();
    for (int k = 0; k < reads; ++k)
      blocks = a.pool->statistics().live_blocks;
    samples.push_back(std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() /
                      reads);
  }
  const auto t = summarize(samples);
  r.own = figure{t.best, t.median};
  if (blocks != live) note_problem(r, "dotcompute", "the statistics count other live blocks than there are");
  require_at_most(r, o, 300);
  return r;
}

double own_nanoseconds() {
  std::timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// Processor time of the working thread, so that it does not matter that readers take turns with it on a processor.
double churn_beside(own_allocator& a, churner<own_allocator>& c, bool are_reading, std::chrono::milliseconds how_long) {
  std::atomic<std::uint64_t> seen{0};
  std::vector<std::jthread> others;
  for (int i = 0; i < 2; ++i)
    others.emplace_back([&](std::stop_token stop) {
      std::uint64_t sum = 0;
      // Otherwise they are as busy, with work of their own.
      while (!stop.stop_requested())
        sum += are_reading ? a.pool->statistics().allocations : sum * 3 + 1;
      seen += sum;
    });
  std::vector<double> samples;
  const auto end = std::chrono::steady_clock::now() + how_long;
  do {
    const double begin = own_nanoseconds();
    c.run(pairs);
    samples.push_back((own_nanoseconds() - begin) / pairs);
  } while (std::chrono::steady_clock::now() < end);
  return summarize(samples).median;
}

row cost_for_others(const options& o) {
  row r = memory_row("memory_statistics_disturbance",
                     "churn beside 2 threads that read statistics without pause, against 2 that only compute",
                     "slowdown", "x");
  own_allocator a;
  {
    churner<own_allocator> c(a, o.quick ? 128 : 4096, 1);
    std::vector<double> ratios;
    const unsigned rounds = o.quick ? 1 : std::max(5u, o.rounds);
    const std::chrono::milliseconds how_long(o.quick ? 5 : 100);
    for (unsigned i = 0; i < rounds; ++i) {
      if (o.progress) o.progress(fmt::format("memory_statistics: round {} of {}", i + 1, rounds));
      const double calm = churn_beside(a, c, false, how_long);
      ratios.push_back(churn_beside(a, c, true, how_long) / calm);
    }
    const auto t = summarize(ratios);
    r.own = figure{t.median, t.median};
    std::vector<extent> all;
    c.list(all);
    note_problem(r, "dotcompute", find_overlap(all));
  }
  note_problem(r, "dotcompute", a.contradiction());
  // A tenth is what two runs of the same differ by on a shared machine.
  require_at_most(r, o, 1.1);
  return r;
}

} // namespace

std::vector<row> measure_statistics_cost(const options& o) {
  return {cost_of_counting(o), cost_of_reading(o), cost_for_others(o)};
}

} // namespace dotcompute::benchmark
