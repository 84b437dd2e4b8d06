// SPDX-License-Identifier: MIT
// dotcompute memory: what a device's memory pool holds, and recorded logs of allocations played again.
#include "exit_codes.hpp"
#include "files.hpp"
#include "memory_json.hpp"
#include "memory_page.hpp"
#include "memory_replay.hpp"
#include "memory_text.hpp"
#include "session.hpp"

#include <chrono>
#include <dotcompute/dotcompute.hpp>
#include <dotcompute/memory.hpp>
#include <fmt/format.h>
#include <iostream>
#include <memory>
#include <thread>

namespace dotcompute::tool {

namespace {

struct memory_settings {
  std::string action, log, device = "best", map;
  bool watch = false;
  double interval = 1; ///< seconds
  std::uint64_t count = 0;
  replay_settings replay;
};

using clock = std::chrono::steady_clock;

nlohmann::ordered_json whole_json(const device& d, const memory_statistics& s) {
  return {{"device", d.id()}, {"isolation", to_string(d.isolation())}, {"statistics", to_json(s)}};
}

void write_device_map(const device& d, const memory_statistics& s, const std::string& file) {
  page_moment now;
  now.name = "now";
  now.map = d.memory().map();
  now.statistics = s;
  write_file(file, memory_page({"Memory of " + d.id(), {std::move(now)}, {}, 0, 0}));
}

/// A reader that has gone ends the watch.
void flush_line() {
  if (std::fflush(stdout) != 0) throw failure(exit_code::output, "cannot write to standard output");
}

void watch_pool(const memory_settings& m, const device& d, const session& s) {
  const auto pool = d.memory();
  const auto begin = clock::now();
  const auto step = std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(m.interval));
  if (!s.json) fmt::print("{}: memory, every {} s\n{}", d.id(), m.interval, watch_header());
  memory_statistics last;
  for (std::uint64_t i = 0; m.count == 0 || i < m.count; ++i) {
    // Against the start, so that what printing takes does not add up.
    if (i != 0) std::this_thread::sleep_until(begin + step * i);
    last = pool.statistics_async().get();
    if (s.json)
      fmt::print("{}\n", whole_json(d, last).dump());
    else
      fmt::print("{}", watch_line(last, std::chrono::duration<double>(clock::now() - begin).count()));
    flush_line();
  }
  if (!m.map.empty()) write_device_map(d, last, m.map);
}

void show_pool(const memory_settings& m, const session& s) {
  if (!m.map.empty()) require_writable(m.map);
  open_options open;
  open.start_compiler = false;
  const auto d = device::open(m.device, open);
  if (m.watch) return watch_pool(m, d, s);
  const auto figures = d.memory().statistics_async().get();
  if (!m.map.empty()) write_device_map(d, figures, m.map);
  if (s.json) {
    fmt::print("{}\n", whole_json(d, figures).dump(2));
    return;
  }
  fmt::print("{}", memory_report(figures, fmt::format("Memory pool of {} ({}), as this process opened it", d.id(),
                                                      d.properties().name.value_or("unknown name"))));
  if (!m.map.empty()) fmt::print("  wrote {}\n", m.map);
}

void run_memory(const memory_settings& m, session& s) {
  if (m.action.empty()) {
    if (m.replay.was_given) throw failure(exit_code::usage, "--capacity, --no-caches and --repeat belong to replay");
    if (!m.watch && m.count != 0) throw failure(exit_code::usage, "--count belongs to --watch");
    return show_pool(m, s);
  }
  if (m.action != "replay")
    throw failure(exit_code::usage, fmt::format("memory: '{}' is nothing that it can do; there is: replay", m.action));
  if (m.log.empty()) throw failure(exit_code::usage, "memory replay: LOG is required");
  if (m.watch) throw failure(exit_code::usage, "--watch follows a device; a log is replayed at once");
  replay_log(m.log, m.map, m.replay, s);
}

} // namespace

void add_memory(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("memory", "Show a device's memory pool, or replay a recorded log of allocations");
  auto m = std::make_shared<memory_settings>();
  s.takes_one_of(command->add_option("ACTION", m->action, "replay: play a log again, without a device"), {"replay"});
  s.takes_file(command->add_option("LOG", m->log, "A log that `run` or memory_pool::record() has recorded"));
  command->add_option("-d,--device", m->device, "best, a back end (cpu), or one device (cpu:0)")->type_name("DEVICE");
  command->add_flag("-w,--watch", m->watch, "Follow the figures until interrupted; with --json, one line each time");
  command->add_option("-i,--interval", m->interval, "Seconds between two looks")
      ->check(CLI::Range(0.01, 86400.0))
      ->type_name("SECONDS");
  command->add_option("-n,--count", m->count, "End --watch after so many looks")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("N");
  s.takes_file(
      command->add_option("-m,--map", m->map, "Draw segments and blocks into this HTML file, which needs nothing else")
          ->type_name("FILE"));
  const auto given = [m](CLI::Option* option) {
    option->each([m](const std::string&) { m->replay.was_given = true; });
    return option;
  };
  given(command->add_option("-c,--capacity", m->replay.capacity,
                            "Bytes of the imagined device, with K, M or G (of 1,024); 1T when absent"))
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber)
      ->type_name("BYTES");
  command->add_flag_callback(
      "--no-caches", [m] { m->replay.caches = false, m->replay.was_given = true; },
      "Let every operation go through the pool's lock");
  given(command->add_option("-r,--repeat", m->replay.repeat, "Replays in all; the fastest is reported"))
      ->check(CLI::Range(1u, 1000u))
      ->type_name("N");
  add_isolation_option(*command, s);
  add_common_options(*command, s);
  command->footer("A new process has an empty pool, so what is shown without replay is the device as it was opened.\n"
                  "What could not be read says 'unknown' (JSON: null). Example:\n"
                  "  dotcompute run scale.cl scale -g 1024 -a float[1024] -a float[1024] -a 2 --memory-log scale.log\n"
                  "  dotcompute memory replay scale.log --map scale.html");
  command->callback([m, &s] { s.action = [m, &s] { run_memory(*m, s); }; });
}

} // namespace dotcompute::tool
