// SPDX-License-Identifier: MIT
// dotcompute reset: whether a device comes back, how long each stage takes, and whether memory was kept.
#include "exit_codes.hpp"
#include "held_memory.hpp"
#include "progress.hpp"
#include "recovery_json.hpp"
#include "session.hpp"
#include "units.hpp"

#include <dotcompute/dotcompute.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

namespace dotcompute::tool {

namespace {

struct reset_settings {
  std::string device = "best", level = "context";
  bool no_spare = false, drop_programs = false;
  std::uint64_t hold = 64 << 20;
  std::uint32_t repeat = 1;
  double pause = 0.3, timeout = 10; ///< seconds
};

constexpr std::array levels{reset_level::soft, reset_level::context, reset_level::hard, reset_level::full};

std::vector<std::string> level_names() {
  std::vector<std::string> names;
  names.reserve(levels.size());
  for (const reset_level l : levels)
    names.emplace_back(to_string(l));
  return names;
}

/// "kept", "discarded" or "changed".
std::string_view look_at(held_memory& held) {
  try {
    return held.count_differences() == 0 ? "kept" : "changed";
  } catch (const error& e) {
    if (e.code() == error_code::stale_handle) return "discarded";
    throw;
  }
}

nlohmann::ordered_json to_json(const reset_result& r, std::string_view memory) {
  nlohmann::ordered_json out{{"level", to_string(r.level)},
                             {"drained_ms", milliseconds(r.drained)},
                             {"total_ms", milliseconds(r.total)},
                             {"commands_drained", r.commands_drained},
                             {"memory", memory},
                             {"replacement", nullptr}};
  if (!r.replacement) return out;
  const recovery_report& p = *r.replacement;
  nlohmann::ordered_json canary = nullptr;
  if (p.canary_passed) canary = *p.canary_passed;
  nlohmann::ordered_json& told = out["replacement"] = nlohmann::ordered_json::object();
  add_stages(told, p);
  told["canary_passed"] = std::move(canary);
  told["commands_failed"] = p.commands_failed;
  told["bytes_kept"] = p.bytes_kept;
  told["bytes_suspect"] = p.bytes_suspect;
  told["bytes_lost"] = p.bytes_lost;
  return out;
}

constexpr const char* header =
    "  generation  worker ended       ready      mapped      loaded      canary       whole  "
    "spare  canary   memory\n";

std::string line(const device& d, const reset_result& r, std::string_view memory) {
  if (!r.replacement)
    return fmt::format("  {:>10}  {:>72}  {:>5}  {:>6}  {:>7}\n", d.generation(),
                       fmt::format("queues at rest after {:.2f} ms", milliseconds(r.total)), "-", "-", memory);
  const recovery_report& p = *r.replacement;
  std::string out = fmt::format("  {:>10}", p.generation);
  for (const auto t : {p.worker_stopped, p.worker_started, p.memory_mapped, p.programs_loaded, p.canary_done, r.total})
    out += fmt::format("{:>9.2f} ms", milliseconds(t));
  const char* const canary = !p.canary_passed ? "none" : *p.canary_passed ? "right" : "wrong";
  return out + fmt::format("  {:>5}  {:>6}  {:>7}\n", p.used_spare ? "yes" : "no", canary, memory);
}

void run_reset(const reset_settings& s, session& tool) {
  reset_options options;
  options.level = *std::find_if(levels.begin(), levels.end(), [&](reset_level l) { return to_string(l) == s.level; });
  options.keep_programs = !s.drop_programs;
  options.use_spare = !s.no_spare;
  options.deadline = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(s.timeout));
  open_options how;
  how.isolation = isolation::process;
  how.spares = s.no_spare ? 0 : 1;
  progress shown("opening " + s.device);
  const device d = device::open(s.device, how);
  std::optional<held_memory> held(std::in_place, d, s.hold);
  const auto show = [&](const std::string& text) {
    shown.clear();
    fmt::print("{}", text);
    if (std::fflush(stdout) != 0) throw failure(exit_code::output, "cannot write to standard output");
  };
  if (!tool.json)
    show(fmt::format("{} ({}): resets of level {}, {} held\n{}", d.id(), d.properties().name.value_or("unknown name"),
                     s.level, bytes_text(s.hold), header));
  auto all = nlohmann::ordered_json::array();
  bool is_wrong = false;
  for (std::uint32_t i = 0; i < s.repeat; ++i) {
    shown.set_label(fmt::format("reset {} of {}", i + 1, s.repeat));
    std::this_thread::sleep_for(std::chrono::duration<double>(s.pause)); // a spare becomes ready meanwhile
    const reset_result r = d.reset(options);
    const std::string_view memory = look_at(*held);
    is_wrong |= memory != (options.level >= reset_level::hard ? "discarded" : "kept");
    if (tool.json)
      all.push_back(to_json(r, memory));
    else
      show(line(d, r, memory));
    if (memory != "kept") held.emplace(d, s.hold);
  }
  if (tool.json)
    show(nlohmann::ordered_json{{"device", d.id()}, {"held_bytes", s.hold}, {"resets", std::move(all)}}.dump(2) + "\n");
  tool.error_in_json = true; // what each reset left stands there
  if (is_wrong) throw failure(exit_code::check, "memory is not what this level of reset leaves");
}

} // namespace

void add_reset(CLI::App& app, session& s) {
  auto* command =
      app.add_subcommand("reset", "Reset a device in a worker process: does it come back, how fast, with what");
  auto r = std::make_shared<reset_settings>();
  command->add_option("-d,--device", r->device, "best, a back end (cpu), or one device (cpu:0)")->type_name("DEVICE");
  s.takes_one_of(command->add_option("-l,--level", r->level, "soft, context, hard or full; context when absent")
                     ->check(CLI::IsMember(level_names())),
                 level_names());
  command
      ->add_option("--hold", r->hold,
                   "Bytes of device memory to hold and compare, with K, M or G (of 1,024); 64M when absent")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Range(std::uint64_t{4}, std::uint64_t{1} << 40))
      ->type_name("BYTES");
  command->add_flag("--no-spare", r->no_spare, "Keep no spare worker process: each reset starts one");
  command->add_flag("--drop-programs", r->drop_programs, "Discard programs, which full always does");
  command->add_option("-r,--repeat", r->repeat, "Resets in all")->check(CLI::Range(1u, 1'000'000u))->type_name("N");
  command->add_option("--pause", r->pause, "Seconds before each, in which a spare can become ready")
      ->check(CLI::Range(0.0, 3600.0))
      ->type_name("SECONDS");
  command->add_option("--timeout", r->timeout, "Seconds that queued work may take")
      ->check(CLI::Range(0.001, 86400.0))
      ->type_name("SECONDS");
  add_common_options(*command, s);
  command->footer(
      "Opens the device in a worker process of its own: no other process that uses it notices. Times count from\n"
      "the request. Example:\n"
      "  dotcompute reset --level context --hold 1G --repeat 10");
  command->callback([r, &s] { s.action = [r, &s] { run_reset(*r, s); }; });
}

} // namespace dotcompute::tool
