// SPDX-License-Identifier: MIT
#include "churn.hpp"

#include "../measure.hpp"
#include "rows.hpp"
#include "sides.hpp"

#include <fmt/format.h>
#include <functional>

namespace dotcompute::benchmark {

namespace {

struct churning_side {
  std::string name;
  std::function<double(std::size_t)> time; ///< nanoseconds of each of so many pairs
  std::function<std::string()> check;
};

template <class Allocator>
churning_side make_side(std::string name, unsigned threads, std::size_t live) {
  struct content {
    Allocator allocator;
    churning_threads<Allocator> threads;
    content(unsigned count, std::size_t blocks) : threads(allocator, count, blocks) {}
  };
  auto c = std::make_shared<content>(threads, live);
  churning_side s;
  s.name = std::move(name);
  s.time = [c](std::size_t pairs) { return c->threads.time(pairs); };
  s.check = [c] {
    auto wrong = find_overlap(c->threads.list());
    return wrong.empty() ? c->allocator.contradiction() : wrong;
  };
  return s;
}

row churn_with(const options& o, unsigned threads) {
  const std::size_t live = o.quick ? 256 : 4096;
  row r = memory_row(fmt::format("memory_churn_{}", threads),
                     fmt::format("churn of {} live blocks of 256 B to 8 MiB, no memory touched, {} thread{}, one pair",
                                 live, threads, threads == 1 ? "" : "s"),
                     "time", "ns");
  std::vector<churning_side> sides;
  sides.push_back(make_side<own_allocator>("dotcompute", threads, live));
  if (wants_peer(o, "malloc")) sides.push_back(make_side<malloc_allocator>("malloc", threads, live));
  if (wants_peer(o, "mimalloc") && mimalloc_allocator::functions().reason.empty())
    sides.push_back(make_side<mimalloc_allocator>("mimalloc", threads, live));
  if (wants_peer(o, "pmr")) sides.push_back(make_side<pmr_allocator>("pmr", threads, live));
  if (wants_peer(o, "linear_list")) sides.push_back(make_side<linear_list_allocator>("linear_list", threads, live));

  const unsigned rounds = o.quick ? 1 : std::max(5u, o.rounds);
  const std::size_t pairs = o.quick ? 64 : 4096;
  std::map<std::string, std::vector<double>> seen;
  for (unsigned round = 0; round < rounds; ++round) {
    if (o.progress) o.progress(fmt::format("memory_churn, {} threads: round {} of {}", threads, round + 1, rounds));
    for (auto& s : sides) {
      s.time(pairs); // what ran in between has emptied the caches
      const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(o.quick ? 0 : 60);
      do
        seen[s.name].push_back(s.time(pairs));
      while (std::chrono::steady_clock::now() < end);
    }
  }
  for (auto& s : sides) {
    const auto t = summarize(seen[s.name]);
    if (s.name == "dotcompute")
      r.own = figure{t.best, t.median};
    else
      r.peers[s.name] = {t.best, t.median};
    note_problem(r, s.name, s.check());
  }
  note_missing_mimalloc(r, o);
  add_ratios(r);
  require_at_most(r, o, 60);
  if (const auto found = r.ratio.find("mimalloc"); found != r.ratio.end() && !o.quick)
    r.goals.push_back({"mimalloc", 1, found->second, found->second > 1});
  return r;
}

} // namespace

std::vector<row> measure_churn(const options& o) {
  return {churn_with(o, 1), churn_with(o, 2)};
}

} // namespace dotcompute::benchmark
