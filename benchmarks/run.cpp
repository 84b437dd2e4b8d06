// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include "allocators/allocators.hpp"
#include "compile_latency.hpp"
#include "machine.hpp"
#include "openmp_library.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

/// Whoever computes, once opened; a side that could not be opened has a reason instead.
struct field {
  std::unique_ptr<side> own, pocl;
  const openmp_peer* openmp = nullptr;
  const openmp_peer* openmp_fast = nullptr;
  std::map<std::string, std::string> missing;
};

bool wants(const options& o, const std::string& peer) {
  return std::find(o.peers.begin(), o.peers.end(), peer) != o.peers.end();
}

field open_field(const options& o, machine& where) {
  field f;
  f.own = open_dotcompute(o.device, o.on_device);
  where.sides["dotcompute"] = f.own->description();
  std::string reason;
  if (wants(o, "pocl")) {
    try {
      f.pocl = open_pocl(reason);
    } catch (const std::exception& e) {
      reason = e.what();
    }
    if (f.pocl)
      where.sides["pocl"] = f.pocl->description();
    else
      f.missing["pocl"] = reason;
  }
  for (auto [name, peer] : {std::pair{"openmp", &f.openmp}, {"openmp_fast", &f.openmp_fast}}) {
    if (!wants(o, name)) continue;
    reason.clear();
    *peer = open_openmp(name, o.executable, reason);
    if (*peer)
      where.sides[name] = fmt::format("{}, {} threads", (*peer)->description, (*peer)->threads());
    else
      f.missing[name] = reason;
  }
  return f;
}

/// A contestant that has computed the workload once, so that what it compiles or allocates at first is done.
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

figure figure_of(const workload& w, const timing& t) {
  const auto convert = [&](double seconds) { return w.is_time ? seconds * w.amount : w.amount / seconds; };
  return {convert(t.best), convert(t.median)};
}

row run_workload(const workload& w, field& f, const options& o) {
  row r;
  r.workload = w.name;
  r.title = w.title;
  r.metric = w.metric;
  r.unit = w.unit;
  r.checked = true;
  std::vector<contestant> contestants;
  enter(contestants, r, "dotcompute", [&] { return w.on_side(*f.own); });
  if (f.pocl) enter(contestants, r, "pocl", [&] { return w.on_side(*f.pocl); });
  if (w.on_openmp && f.openmp) enter(contestants, r, "openmp", [&] { return w.on_openmp(*f.openmp); });
  if (w.on_openmp && f.openmp_fast) enter(contestants, r, "openmp_fast", [&] { return w.on_openmp(*f.openmp_fast); });
  for (const auto& [name, reason] : f.missing)
    r.problems.push_back(fmt::format("{} is missing: {}", name, reason));

  measure_options how;
  how.rounds = o.quick ? 1 : std::max(5u, o.rounds);
  if (o.quick) how.turn = how.pause = std::chrono::nanoseconds(0);
  const auto timings = measure(contestants, w.batch, how, [&](unsigned round) {
    if (o.progress) o.progress(fmt::format("{}: round {} of {}", w.name, round + 1, how.rounds));
  });

  std::optional<double> own_seconds;
  for (std::size_t i = 0; i < contestants.size(); ++i)
    if (contestants[i].name == "dotcompute") {
      own_seconds = timings[i].best;
      r.own = figure_of(w, timings[i]);
    }
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    const auto& c = contestants[i];
    if (c.name != "dotcompute") {
      r.peers[c.name] = figure_of(w, timings[i]);
      if (own_seconds) r.ratio[c.name] = timings[i].best / *own_seconds;
    }
    std::string wrong;
    try {
      wrong = c.check();
    } catch (const std::exception& e) {
      wrong = e.what();
    }
    if (!wrong.empty()) {
      r.checked = false;
      r.problems.push_back(fmt::format("{} computed a wrong result: {}", c.name, wrong));
    }
  }
  if (!r.own) r.checked = false;
  for (const auto& g : w.goals) {
    const auto found = r.ratio.find(g.peer);
    if (!o.quick && found != r.ratio.end())
      r.goals.push_back({g.peer, g.at_least, found->second, found->second >= g.at_least});
  }
  return r;
}

} // namespace

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& entry : all_workloads())
    names.push_back(entry.name);
  names.push_back(compile_latency_name);
  names.insert(names.end(), allocator_workloads.begin(), allocator_workloads.end());
  return names;
}

outcome run(const options& o, const std::function<void(const row&)>& on_row) {
  outcome result;
  result.where = describe_machine();
  field f = open_field(o, result.where);
  const auto wanted = [&](const std::string& name) {
    return o.workloads.empty() || std::find(o.workloads.begin(), o.workloads.end(), name) != o.workloads.end();
  };
  const auto add = [&](row r) {
    on_row(r);
    result.rows.push_back(std::move(r));
  };
  for (const auto& entry : all_workloads()) {
    if (!wanted(entry.name)) continue;
    if (o.progress) o.progress(fmt::format("{}: preparing", entry.name));
    add(run_workload(entry.make(o.quick), f, o));
  }
  if (wanted(compile_latency_name))
    for (auto& r : measure_compile_latency(o))
      add(std::move(r));
  bool is_described = false;
  for (const auto& name : allocator_workloads) {
    if (!wanted(name)) continue;
    if (!is_described) describe_allocators(o, result.where);
    is_described = true;
    for (auto& r : measure_allocators(name, o))
      add(std::move(r));
  }
  return result;
}

} // namespace dotcompute::benchmark
