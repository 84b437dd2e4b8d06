// SPDX-License-Identifier: MIT
// dotcompute bench: the benchmark of benchmarks/, with peers measured in the same run.
#include "bench.hpp"

#include "allocators/allocators.hpp"
#include "compile_latency.hpp"
#include "exit_codes.hpp"
#include "files.hpp"
#include "gpu/gpu_workloads.hpp"
#include "memory_log.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "session.hpp"

#include <CLI/Validators.hpp>
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace dotcompute::tool {

namespace {

struct bench_settings {
  benchmark::options options;
  std::string output, probe, memory_log;
  bool require_goals = false, list = false;
};

std::vector<std::string> peer_names() {
  std::vector<std::string> names{"pocl", "openmp", "openmp_fast", "cuda", "cuda_memcpy", "opencl_host"};
  names.insert(names.end(), benchmark::allocator_peers.begin(), benchmark::allocator_peers.end());
  names.push_back("none");
  return names;
}

void require_known(const std::vector<std::string>& given, const std::vector<std::string>& known, const char* what) {
  for (const auto& name : given)
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw failure(exit_code::usage, fmt::format("'{}' is no {}; there are: {}", name, what, fmt::join(known, ", ")));
}

/// "stream" stands for the five workloads that are bound by memory.
std::vector<std::string> expand_groups(const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const auto& name : given) {
    if (name == "stream")
      names.insert(names.end(), {"copy", "mul", "add", "triad", "dot"});
    else
      names.push_back(name);
  }
  return names;
}

void run_benchmarks(bench_settings& b, const session& s) {
  // The peers run in this process; what a worker process costs beside that is measured by asking for it.
  ::setenv("DOTCOMPUTE_ISOLATION", "none", 0);
  if (b.list) {
    if (s.json)
      fmt::print("{}\n", nlohmann::json(benchmark::workload_names()).dump());
    else
      fmt::print("{}\n", fmt::join(benchmark::workload_names(), "\n"));
    return;
  }
  if (b.probe == benchmark::first_kernel_probe || b.probe == benchmark::cuda_context_probe) {
    fmt::print("{}\n", nlohmann::json{{"ready", benchmark::probe_first_kernel(b.probe, b.options.device)}}.dump());
    return;
  }
  if (!b.probe.empty()) {
    const auto p = benchmark::probe_compile(b.probe, b.options.device);
    fmt::print("{}\n", nlohmann::json{{"build", p.build}, {"ready", p.ready}, {"again", p.again}}.dump());
    return;
  }
  b.options.workloads = expand_groups(b.options.workloads);
  require_known(b.options.workloads, benchmark::workload_names(), "workload");
  require_known(b.options.peers, peer_names(), "peer");
  if (!b.output.empty()) require_writable(b.output);

  if (!b.memory_log.empty()) require_writable(b.memory_log);
  std::optional<memory_log> log;
  if (!b.memory_log.empty()) b.options.on_device = [&](const device& d) { log.emplace(d, b.memory_log); };

  b.options.executable = s.executable;
  progress line("benchmark");
  b.options.progress = [&](const std::string& what) { line.set_label(what); };
  const auto result = benchmark::run(b.options, [&](const benchmark::row& r) {
    line.clear();
    if (s.json) fmt::print("{}\n", benchmark::to_json(r).dump());
    std::fflush(stdout);
  });
  line.clear();
  if (log) log->publish();
  if (!s.json) fmt::print("{}", benchmark::table(result));
  if (!b.output.empty()) write_file(b.output, benchmark::to_json(result).dump(2) + "\n");
  if (!benchmark::all_checked(result))
    throw failure(exit_code::check, "not every result was right; see the problems above");
  if (b.require_goals && !benchmark::all_goals_reached(result))
    throw failure(exit_code::check, "not every goal was reached");
}

} // namespace

void add_bench(CLI::App& app, session& s) {
  auto* command = app.add_subcommand("bench", "Measure this machine beside PoCL, OpenMP, CUDA C and OpenCL by hand and "
                                              "other allocators, and check every result");
  auto b = std::make_shared<bench_settings>();
  s.takes_one_of(command->add_option("WORKLOAD", b->options.workloads,
                                     "Workloads to run, or stream for copy to dot; all when absent"),
                 benchmark::workload_names());
  command->add_flag("--list", b->list, "Print the names of the workloads and exit");
  command->add_flag("-q,--quick", b->options.quick, "Smallest sizes, one round: looks at correctness, not at speed");
  command->add_option("-r,--rounds", b->options.rounds, "Turns of each side; at least 5 are made")
      ->check(CLI::Range(1u, 1000u))
      ->type_name("N");
  s.takes_one_of(command
                     ->add_option("-p,--peers", b->options.peers,
                                  fmt::format("Whom to measure beside dotcompute: {}", fmt::join(peer_names(), ", ")))
                     ->delimiter(',')
                     ->type_name("LIST"),
                 peer_names());
  command->add_option("-d,--device", b->options.device, "best, a back end (cpu, cuda), or one device (cuda:0)")
      ->type_name("DEVICE");
  command
      ->add_option("--beside", b->options.beside,
                   "Other devices of dotcompute to measure in the same run, such as opencl:0")
      ->delimiter(',')
      ->type_name("LIST");
  s.takes_file(command->add_option("-o,--output", b->output, "Write machine, peers and all rows to this JSON file")
                   ->type_name("FILE"));
  s.takes_file(command
                   ->add_option("--memory-log", b->memory_log,
                                "Record the allocations of the kernels' workloads for `dotcompute memory replay`")
                   ->type_name("FILE"));
  command->add_flag("--require-goals", b->require_goals, "End with exit code 11 when a goal was missed");
  command->add_option("--probe", b->probe, "Measure compilation of one side in this process")->group("");
  add_isolation_option(*command, s);
  add_common_options(*command, s);
  command->footer("With --json, one line for each row: workload, metric, unit, value (best), median, peers, ratio "
                  "(times as fast as\n"
                  "each peer), goals and checked. Peers that are not installed are named as problems and left out.");
  command->callback([b, &s] { s.action = [b, &s] { run_benchmarks(*b, s); }; });
}

} // namespace dotcompute::tool
