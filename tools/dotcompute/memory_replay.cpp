// SPDX-License-Identifier: MIT
#include "memory_replay.hpp"

#include "exit_codes.hpp"
#include "files.hpp"
#include "log_moments.hpp"
#include "memory/replay.hpp"
#include "memory_json.hpp"
#include "memory_page.hpp"
#include "memory_text.hpp"
#include "progress.hpp"
#include "units.hpp"

#include <dotcompute/error.hpp>
#include <fmt/format.h>

namespace dotcompute::tool {

namespace {

struct played {
  log_story story;
  memory::replay_result fastest;
  std::vector<log_moment> moments; ///< the last is the end

  const log_moment& end() const { return moments.back(); }
  const log_moment& peak() const { return moments.front(); }
};

std::vector<std::byte> read_log(const std::string& log) {
  try {
    return memory::read_log_file(log);
  } catch (const error& e) {
    throw failure(exit_code::input, e.what());
  }
}

played play(const std::string& log, const replay_settings& r) {
  progress line("replaying " + log);
  const auto bytes = read_log(log);
  played p;
  try {
    p.story = read_story(bytes);
  } catch (const error& e) {
    throw failure(exit_code::input, fmt::format("'{}': {}", log, e.what()));
  }
  memory::replay_options how;
  how.caches = r.caches;
  if (r.capacity != 0) how.capacity = r.capacity;
  for (unsigned i = 0; i < r.repeat; ++i) {
    line.set_label(fmt::format("replaying {}: {} of {}", log, i + 1, r.repeat));
    auto result = memory::replay(bytes, how);
    if (i == 0 || result.replay_nanoseconds < p.fastest.replay_nanoseconds) p.fastest = std::move(result);
  }
  line.set_label("checking " + log);
  p.moments = play_to_moments(bytes, p.story, how);
  return p;
}

known<double> nanoseconds_per_operation(const played& p) {
  const auto operations = p.fastest.allocations + p.fastest.frees;
  if (operations == 0) return {};
  return static_cast<double>(p.fastest.replay_nanoseconds) / static_cast<double>(operations);
}

nlohmann::ordered_json moment_json(const log_moment& m) {
  return {{"event", m.event}, {"time_ns", m.time}, {"statistics", to_json(m.statistics)}};
}

nlohmann::ordered_json report_json(const std::string& log, const replay_settings& r, const played& p) {
  const auto per_operation = nanoseconds_per_operation(p);
  nlohmann::ordered_json j{{"log", log},
                           {"events", p.story.events},
                           {"allocations", p.fastest.allocations},
                           {"frees", p.fastest.frees},
                           {"failures", p.fastest.failures},
                           {"failures_by_cause", failures_json(p.fastest.at_end.failures)},
                           {"recorded_failures_by_cause", failures_json(p.story.failures)},
                           {"ignored_frees", p.fastest.ignored},
                           {"replays", r.repeat},
                           {"recorded_ns", p.fastest.recorded_nanoseconds},
                           {"replay_ns", p.fastest.replay_nanoseconds},
                           {"ns_per_operation", per_operation ? nlohmann::ordered_json(*per_operation) : nullptr},
                           {"peak_requested_bytes", p.story.peak_bytes},
                           {"not_freed_blocks", p.story.live_blocks},
                           {"not_freed_bytes", p.story.live_bytes},
                           {"peak", moment_json(p.peak())},
                           {"end", moment_json(p.end())}};
  j["problem"] = nullptr;
  if (p.story.problem) j["problem"] = {{"offset", p.story.problem->offset}, {"text", p.story.problem->text}};
  return j;
}

void print_report(const std::string& log, const replay_settings& r, const played& p) {
  const auto line = [](std::string_view name, const std::string& value) { fmt::print("  {:<24}{}\n", name, value); };
  fmt::print("{}: {} events in {}, played on a pool without a device\n", log, count_text(p.story.events),
             time_text(static_cast<double>(p.story.last_time - p.story.first_time)));
  line("operations",
       fmt::format("{} allocations, {} frees", count_text(p.fastest.allocations), count_text(p.fastest.frees)));
  const auto per_operation = nanoseconds_per_operation(p);
  line("time per operation", fmt::format("{}{}", text_or_unknown(per_operation, time_text),
                                         r.repeat > 1 ? fmt::format(", the fastest of {} replays", r.repeat) : ""));
  line("failures", failures_text(p.fastest.at_end.failures));
  line("failures when recorded", failures_text(p.story.failures));
  if (p.fastest.ignored != 0)
    line("ignored", fmt::format("{} frees of what failed or was free", count_text(p.fastest.ignored)));
  line("peak", fmt::format("{} requested, after {}", bytes_text(p.story.peak_bytes),
                           time_text(static_cast<double>(p.story.peak_time - p.story.first_time))));
  line("never freed", fmt::format("{} in {} blocks", bytes_text(p.story.live_bytes), count_text(p.story.live_blocks)));
  line("book-keeping", "checked: blocks without gaps or overlaps, sums right");
  fmt::print("\n{}", memory_brief(p.peak().statistics, "At the peak"));
  if (p.moments.size() > 1) fmt::print("\n{}", memory_brief(p.end().statistics, "At the end"));
}

void write_map(const std::string& log, const std::string& file, played& p) {
  page_content page;
  page.title = "Memory of " + log.substr(log.find_last_of('/') + 1);
  page.course = p.story.course;
  page.stretch = p.story.stretch;
  page.first_time = p.story.first_time;
  for (auto& m : p.moments)
    page.moments.push_back({m.name, m.time - p.story.first_time, std::move(m.map), std::move(m.statistics)});
  write_file(file, memory_page(page));
}

} // namespace

void replay_log(const std::string& log, const std::string& map, const replay_settings& r, session& s) {
  if (!map.empty()) require_writable(map);
  auto p = play(log, r);
  if (s.json)
    fmt::print("{}\n", report_json(log, r, p).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  else
    print_report(log, r, p);
  const auto problem = p.story.problem;
  if (!map.empty()) {
    write_map(log, map, p);
    if (!s.json) fmt::print("  wrote {}\n", map);
  }
  if (!problem) return;
  s.error_in_json = true;
  throw failure(exit_code::input, fmt::format("'{}' is damaged at byte {}: {}; what stands before was played", log,
                                              problem->offset, problem->text));
}

} // namespace dotcompute::tool
