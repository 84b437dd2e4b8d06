// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <set>

namespace dotcompute::benchmark {

namespace {

std::string number(double v) {
  return v == 0 ? "0" : v < 10 ? fmt::format("{:.2f}", v) : fmt::format("{:.1f}", v);
}

std::string peer_text(const row& r, const std::string& peer) {
  const auto found = r.peers.find(peer);
  if (found == r.peers.end()) return "";
  const auto ratio = r.ratio.find(peer);
  return number(r.compared(found->second)) +
         (ratio == r.ratio.end() ? "" : fmt::format(" ({}x)", number(ratio->second)));
}

std::string goal_text(const row& r) {
  std::vector<std::string> goals;
  for (const auto& g : r.goals) {
    const auto target = g.against.empty() ? fmt::format("at most {} {}", g.wanted, r.unit)
                        : g.is_difference ? fmt::format("at most {} {} over {}", g.wanted, r.unit, g.against)
                                          : fmt::format("{}x {}", g.wanted, g.against);
    goals.push_back(fmt::format("{}: {}", target, g.good ? "reached" : "MISSED"));
  }
  return fmt::format("{}", fmt::join(goals, ", "));
}

} // namespace

nlohmann::json to_json(const row& r) {
  nlohmann::json j{{"workload", r.workload}, {"title", r.title}, {"metric", r.metric},
                   {"unit", r.unit},         {"group", r.group}, {"checked", r.checked}};
  j["value"] = r.own ? nlohmann::json(r.own->best) : nlohmann::json(nullptr);
  j["median"] = r.own ? nlohmann::json(r.own->median) : nlohmann::json(nullptr);
  if (r.by_median) j["compared_by"] = "median";
  j["peers"] = j["peers_median"] = j["ratio"] = nlohmann::json::object();
  for (const auto& [name, f] : r.peers) {
    j["peers"][name] = f.best;
    j["peers_median"][name] = f.median;
  }
  for (const auto& [name, x] : r.ratio)
    j["ratio"][name] = x;
  j["goals"] = nlohmann::json::array();
  for (const auto& g : r.goals) {
    if (g.against.empty())
      j["goals"].push_back({{"at_most", g.wanted}, {"reached", g.good}});
    else if (g.is_difference)
      j["goals"].push_back(
          {{"peer", g.against}, {"at_most_above", g.wanted}, {"above", g.reached}, {"reached", g.good}});
    else
      j["goals"].push_back({{"peer", g.against}, {"at_least", g.wanted}, {"reached", g.good}});
  }
  if (!r.isolation.empty()) j["isolation"] = r.isolation;
  if (!r.problems.empty()) j["problems"] = r.problems;
  return j;
}

nlohmann::json to_json(const outcome& o) {
  nlohmann::json j{{"date", o.where.date},         {"processor", o.where.processor}, {"processors", o.where.processors},
                   {"compiler", o.where.compiler}, {"sides", o.where.sides},         {"rows", nlohmann::json::array()}};
  if (!o.where.device.empty()) j["device"] = o.where.device;
  for (const auto& r : o.rows)
    j["rows"].push_back(to_json(r));
  return j;
}

namespace {

using columns = std::vector<std::pair<std::string, std::string>>; ///< peers and their titles

/// Of these, those that some row of the group has, and then any others.
columns present(const outcome& o, const std::string& group, const columns& known) {
  std::set<std::string> found;
  for (const auto& r : o.rows)
    if (r.group == group)
      for (const auto& [name, f] : r.peers)
        found.insert(name);
  columns shown;
  for (const auto& column : known)
    if (found.erase(column.first) != 0) shown.push_back(column);
  for (const auto& name : found)
    shown.emplace_back(name, name);
  return shown;
}

/// A line for each row of the group, with a column for each peer; nothing when there is no row.
std::string group_table(const outcome& o, const std::string& group, const columns& known) {
  const columns peers = present(o, group, known);
  std::vector<std::string> header{"workload", "unit", "dotcompute"};
  for (const auto& [name, title] : peers)
    header.push_back(title);
  header.push_back("goal");
  std::vector<std::vector<std::string>> lines{header};
  for (const auto& r : o.rows) {
    if (r.group != group) continue;
    std::vector<std::string> line{r.title, r.unit, r.own ? number(r.compared(*r.own)) : "-"};
    for (const auto& [name, title] : peers)
      line.push_back(peer_text(r, name));
    line.push_back(goal_text(r));
    lines.push_back(std::move(line));
  }
  if (lines.size() == 1) return {};
  std::vector<std::size_t> widths(header.size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const auto& line : lines) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i)
      out += fmt::format("{:{}}  ", line[i], widths[i]);
    text += out.substr(0, out.find_last_not_of(' ') + 1) + "\n";
  }
  return text + "\n";
}

} // namespace

std::string table(const outcome& o) {
  const std::pair<std::string, std::string> by_hand{"opencl_host", "OpenCL by hand"};
  std::string text =
      group_table(o, "kernels",
                  {{"pocl", "PoCL"}, {"openmp", "OpenMP"}, {"openmp_fast", "OpenMP fast-math"}, by_hand}) +
      group_table(o, "gpu",
                  {{"cuda", "CUDA C by hand"},
                   by_hand,
                   {"cuda_memcpy", "device copy"},
                   {"one_queue", "one queue"},
                   {"events", "events"}}) +
      group_table(o, "memory",
                  {{"malloc", "malloc"},
                   {"mimalloc", "mimalloc"},
                   {"pmr", "std::pmr"},
                   {"linear_list", "linear list"},
                   {"best_fit", "best fit"}});
  text += fmt::format("Values are the best of all rounds, on GPUs their medians; (x) is how many times as fast "
                      "dotcompute is.\n");
  for (const auto& [name, what] : o.where.sides)
    text += fmt::format("{}: {}\n", name, what);
  std::vector<std::string> problems;
  for (const auto& r : o.rows)
    for (const auto& p : r.problems)
      problems.push_back(fmt::format("{}: {}\n", r.workload, p));
  if (!problems.empty()) text += "\nProblems\n";
  for (const auto& p : problems)
    text += p;
  return text;
}

bool all_goals_reached(const outcome& o) {
  return std::all_of(o.rows.begin(), o.rows.end(), [](const row& r) {
    return std::all_of(r.goals.begin(), r.goals.end(), [](const verdict& g) { return g.good; });
  });
}

bool all_checked(const outcome& o) {
  return std::all_of(o.rows.begin(), o.rows.end(), [](const row& r) { return r.checked; });
}

} // namespace dotcompute::benchmark
