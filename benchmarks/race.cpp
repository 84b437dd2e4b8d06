// SPDX-License-Identifier: MIT
#include "race.hpp"

#include "measure.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

figure figure_of(const race_rules& rules, const contestant& c, const timing& t) {
  const double shares = rules.repeats * c.share;
  const auto convert = [&](double seconds) {
    return rules.is_time ? seconds / shares * rules.amount : rules.amount * shares / seconds;
  };
  return {convert(t.best), convert(t.median)};
}

void check(row& r, const contestant& c) {
  std::string wrong;
  try {
    wrong = c.check();
  } catch (const std::exception& e) {
    wrong = e.what();
  }
  if (wrong.empty()) return;
  r.checked = false;
  r.problems.push_back(fmt::format("{} computed a wrong result: {}", c.name, wrong));
}

} // namespace

void enter(std::vector<contestant>& contestants, row& r, const std::string& name,
           const std::function<contestant()>& make) {
  try {
    auto c = make();
    c.name = name;
    c.run();
    contestants.push_back(std::move(c));
  } catch (const std::exception& e) {
    r.problems.push_back(fmt::format("{}: {}", name, e.what()));
  }
}

row race(row r, std::vector<contestant> contestants, const race_rules& rules, const options& o) {
  measure_options how;
  how.rounds = std::max(5u, o.rounds);
  // A difference that is a few percent of both shows only where both met the same machine: many turns of one sample.
  if (std::any_of(rules.goals.begin(), rules.goals.end(), [](const goal& g) { return g.is_difference; })) {
    how.rounds *= 20;
    how.turn = how.pause = std::chrono::nanoseconds(0);
  }
  if (o.quick) {
    how.rounds = 1;
    how.turn = how.pause = std::chrono::nanoseconds(0);
  }
  r.checked = true;
  r.by_median = rules.by_median;
  std::vector<timing> timings;
  try {
    timings = measure(contestants, rules.batch, how, [&](unsigned round) {
      if (o.progress) o.progress(fmt::format("{}: round {} of {}", r.workload, round + 1, how.rounds));
    });
  } catch (const std::exception& e) {
    r.checked = false;
    r.problems.push_back(fmt::format("a side failed while it was measured: {}", e.what()));
    return r;
  }

  for (std::size_t i = 0; i < contestants.size(); ++i) {
    const auto f = figure_of(rules, contestants[i], timings[i]);
    if (contestants[i].name == "dotcompute")
      r.own = f;
    else
      r.peers[contestants[i].name] = f;
    check(r, contestants[i]);
  }
  if (!r.own) r.checked = false;
  for (const auto& [name, f] : r.peers) {
    if (!r.own) continue;
    const double own = r.compared(*r.own), peer = r.compared(f);
    r.ratio[name] = rules.is_time ? peer / own : own / peer;
  }
  judge(r, rules.goals, o);
  return r;
}

void judge(row& r, const std::vector<goal>& goals, const options& o) {
  for (const auto& g : goals) {
    const auto peer = r.peers.find(g.peer);
    if (o.quick || !r.own || peer == r.peers.end()) continue;
    verdict v{g.peer, g.limit, r.ratio[g.peer], false, g.is_difference};
    if (g.is_difference) v.reached = r.compared(*r.own) - r.compared(peer->second);
    v.good = g.is_difference ? v.reached <= v.wanted : v.reached >= v.wanted;
    r.goals.push_back(v);
  }
}

} // namespace dotcompute::benchmark
