// SPDX-License-Identifier: MIT
// dotcompute chaos: a device that works while faults are caused on it, and what was lost: nothing.
#include "chaos_faults.hpp"
#include "chaos_work.hpp"
#include "exit_codes.hpp"
#include "held_memory.hpp"
#include "progress.hpp"
#include "recovery_json.hpp"
#include "session.hpp"
#include "units.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

namespace dotcompute::tool {

namespace {

struct chaos_settings {
  std::string device = "best";
  std::vector<std::string> kinds;
  std::uint32_t faults = 16;
  double interval = 0.15; ///< seconds
  std::uint64_t hold = 64 << 20;
  std::uint32_t spares = 1;
};

struct story {
  std::string device, name;
  double seconds = 0;
  std::uint64_t held_bytes = 0, different_bytes = 0;
  std::vector<fault_outcome> faults;
  work_outcome work;

  std::string problem() const {
    for (const fault_outcome& f : faults)
      if (!f.problem.empty()) return fmt::format("fault '{}': {}", f.kind->name, f.problem);
    if (different_bytes != 0) return fmt::format("{} bytes of held memory differ", different_bytes);
    if (work.wrong + work.failed != 0) return work.first_problem;
    if (work.right == 0) return "the work gave no result";
    return {};
  }
};

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  names.reserve(std::size(fault_kinds));
  for (const fault_kind& k : fault_kinds)
    names.emplace_back(k.name);
  return names;
}

const fault_kind& kind_of(const std::string& name) {
  return *std::find_if(fault_kinds.begin(), fault_kinds.end(), [&](const fault_kind& k) { return k.name == name; });
}

/// How often a result was right in each stretch of time, and the faults below.
std::string picture(const story& s) {
  constexpr std::size_t columns = 72;
  const auto column_of = [&](double at) {
    return std::min(columns - 1, static_cast<std::size_t>(at / s.seconds * static_cast<double>(columns)));
  };
  std::array<std::size_t, columns> rate{};
  for (const double at : s.work.moments)
    ++rate[column_of(at)];
  std::string signs(columns, ' ');
  for (const fault_outcome& f : s.faults) {
    char& place = signs[column_of(f.at)];
    place = place == ' ' ? f.kind->sign : '*';
  }
  constexpr std::array bars{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t most = std::max<std::size_t>(1, *std::max_element(rate.begin(), rate.end()));
  std::string work;
  for (const std::size_t r : rate)
    work += bars[(r * (bars.size() - 1) + most - 1) / most];
  return fmt::format("  work    {}\n  faults  {}\n", work, signs.substr(0, signs.find_last_not_of(' ') + 1));
}

std::string table(const story& s) {
  std::string out = "  kind          faults   answered after   queues go on after   worst   with a spare\n";
  for (const fault_kind& k : fault_kinds) {
    std::vector<double> answered, resumed;
    std::size_t spares = 0;
    for (const fault_outcome& f : s.faults) {
      if (f.kind != &k) continue;
      answered.push_back(f.answered);
      resumed.push_back(milliseconds(f.recovery.resumed));
      spares += f.recovery.used_spare ? 1 : 0;
    }
    if (answered.empty()) continue;
    std::sort(answered.begin(), answered.end());
    std::sort(resumed.begin(), resumed.end());
    out += fmt::format("  {} {:<11} {:>7}   {:>14}   {:>15.2f} ms {:>8.2f} ms {:>9}\n", k.sign, k.name, answered.size(),
                       k.kernel ? fmt::format("{:.2f} ms", answered[answered.size() / 2]) : "-",
                       resumed[resumed.size() / 2], resumed.back(), spares);
  }
  return out;
}

std::string text(const story& s) {
  std::string out = fmt::format("{} ({}): {} faults in {:.1f} s while a queue computes\n\n", s.device, s.name,
                                s.faults.size(), s.seconds);
  out += picture(s) + "\n" + table(s) + "\n";
  out += fmt::format("  work: {} right results, {} wrong, {} failed, {} abandoned by resets; longest gap {:.1f} ms\n",
                     count_text(s.work.right), s.work.wrong, s.work.failed, s.work.abandoned,
                     milliseconds(s.work.longest_gap));
  out += fmt::format("  memory: {} held and compared, {} bytes differ\n", bytes_text(s.held_bytes), s.different_bytes);
  return out + (s.problem().empty() ? "  Nothing was lost.\n" : "");
}

nlohmann::ordered_json to_json(const story& s) {
  auto faults = nlohmann::ordered_json::array();
  for (const fault_outcome& f : s.faults) {
    const recovery_report& r = f.recovery;
    nlohmann::ordered_json problem = nullptr;
    if (!f.problem.empty()) problem = f.problem;
    nlohmann::ordered_json recovery{{"cause", to_string(r.cause)}, {"symptom", r.symptom}};
    add_stages(recovery, r);
    recovery["commands_repeated"] = r.commands_repeated;
    recovery["commands_failed"] = r.commands_failed;
    recovery["commands_suspected"] = r.commands_suspected;
    recovery["culprit_search"] = to_string(r.search);
    faults.push_back({{"kind", f.kind->name},
                      {"at_s", f.at},
                      {"answered_ms", f.answered},
                      {"problem", std::move(problem)},
                      {"recovery", std::move(recovery)}});
  }
  return {{"device", s.device},
          {"seconds", s.seconds},
          {"faults", std::move(faults)},
          {"work",
           {{"right", s.work.right},
            {"wrong", s.work.wrong},
            {"failed", s.work.failed},
            {"abandoned", s.work.abandoned},
            {"longest_gap_ms", milliseconds(s.work.longest_gap)}}},
          {"memory", {{"held_bytes", s.held_bytes}, {"different_bytes", s.different_bytes}}},
          {"nothing_lost", s.problem().empty()}};
}

story live_through(const chaos_settings& c) {
  std::vector<const fault_kind*> kinds;
  for (const std::string& name : c.kinds.empty() ? kind_names() : c.kinds)
    kinds.push_back(&kind_of(name));
  open_options how;
  how.isolation = isolation::process;
  how.spares = c.spares;
  how.default_wait = std::chrono::seconds(60);
  how.refuse_after = 0; // the same kernels fail again and again
  progress shown("opening " + c.device);
  const device d = device::open(c.device, how);
  const program faults = compile_faults(d);
  story s;
  s.device = d.id();
  s.name = d.properties().name.value_or("unknown name");
  s.held_bytes = c.hold;
  held_memory memory(d, c.hold);
  chaos_work work(d);
  const auto began = std::chrono::steady_clock::now();
  const auto since = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(); };
  for (std::uint32_t i = 0; i < c.faults; ++i) {
    std::this_thread::sleep_for(std::chrono::duration<double>(c.interval));
    const fault_kind& kind = *kinds[i % kinds.size()];
    shown.set_label(fmt::format("fault {} of {}: {}", i + 1, c.faults, kind.what));
    const double at = since();
    s.faults.push_back(cause(kind, d, faults));
    s.faults.back().at = at;
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(c.interval));
  s.work = work.end();
  s.seconds = since();
  shown.set_label("comparing memory");
  s.different_bytes = memory.count_differences();
  return s;
}

void run_chaos(const chaos_settings& c, session& s) {
  const story told = live_through(c);
  fmt::print("{}", s.json ? to_json(told).dump(2) + "\n" : text(told));
  s.error_in_json = true;
  if (const std::string problem = told.problem(); !problem.empty()) throw failure(exit_code::check, problem);
}

std::string describe_kinds() {
  std::string out = "Kinds:\n";
  for (const fault_kind& k : fault_kinds)
    out += fmt::format("  {:<11} {}\n", k.name, k.what);
  return out;
}

} // namespace

void add_chaos(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("chaos", "Cause faults on a device while it works, and show that nothing is lost");
  auto c = std::make_shared<chaos_settings>();
  command->add_option("-d,--device", c->device, "best, a back end (cpu), or one device (cpu:0)")->type_name("DEVICE");
  s.takes_one_of(command->add_option("-k,--kinds", c->kinds, "Kinds of faults, in turn; all when absent")
                     ->delimiter(',')
                     ->check(CLI::IsMember(kind_names())),
                 kind_names());
  command->add_option("-n,--faults", c->faults, "Faults in all")->check(CLI::Range(1u, 1'000'000u))->type_name("N");
  command->add_option("-i,--interval", c->interval, "Seconds between them")
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("SECONDS");
  command->add_option("--hold", c->hold, "Bytes of device memory to hold and compare, with K, M or G; 64M when absent")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{4}, std::uint64_t{1} << 40))
      ->type_name("BYTES");
  command->add_option("--spares", c->spares, "Worker processes to keep ready; 1 when absent")
      ->check(CLI::Range(0u, 16u))
      ->type_name("N");
  add_common_options(*command, s);
  command->footer(describe_kinds() +
                  "Opens the device in a worker process of its own: no other process that uses it notices.\n"
                  "Exit code 11 when anything was lost. Example:\n"
                  "  dotcompute chaos --faults 100 --kinds wild-write,hang,kill --interval 0.05");
  command->callback([c, &s] { s.action = [c, &s] { run_chaos(*c, s); }; });
}

} // namespace dotcompute::tool
