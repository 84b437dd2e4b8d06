// SPDX-License-Identifier: MIT
#include "compile_latency.hpp"

#include "benchmark_kernels.hpp"
#include "fresh_process.hpp"
#include "opencl/opencl_side.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dotcompute::benchmark {

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::string five_kernels() {
  std::string source;
  for (const auto& part : {kernels::saxpy, kernels::reduction, kernels::sgemm, kernels::nbody, kernels::mandelbrot})
    source += part.opencl;
  return source;
}

/// Each kernel once, on little data.
std::vector<call> small_calls(side& s) {
  constexpr std::size_t n = 4096;
  const std::vector<float> data(n * 4, 1.0f);
  auto a = s.upload(data), b = s.upload(data), c = s.upload(data), d = s.upload(data);
  const int side_length = 64;
  return {
      {"saxpy", {n}, {}, {2.0f, a, b}},
      {"reduction", {1024}, {256}, {a, static_cast<std::uint32_t>(n), b, local_block{256 * sizeof(float)}}},
      {"sgemm", {64, 64}, {16, 16}, {side_length, a, b, c}},
      {"nbody", {64}, {}, {side_length, 0.01f, 0.01f, a, b, c, d}},
      {"mandelbrot", {64, 64}, {}, {-2.0f, -1.25f, 0.04f, side_length, 256, c}},
  };
}

row new_row(const std::string& name, const std::string& title, const std::string& unit) {
  row r;
  r.workload = name;
  r.title = title;
  r.metric = "time";
  r.unit = unit;
  r.checked = true;
  return r;
}

struct probe_samples {
  std::vector<double> build, ready, again;
  std::string problem;

  void add(const options& o, const std::string& name, const std::map<std::string, std::string>& environment) {
    try {
      const auto text = run_fresh(o.executable, {"bench", "--probe", name, "--device", o.device}, environment);
      const auto json = nlohmann::json::parse(text);
      build.push_back(json.at("build"));
      ready.push_back(json.at("ready"));
      again.push_back(json.at("again"));
    } catch (const std::exception& e) {
      problem = fmt::format("{}: {}", name, e.what());
    }
  }
};

figure figure_of(const std::vector<double>& seconds, double factor) {
  const auto t = summarize(seconds);
  return {t.best * factor, t.median * factor};
}

void fill(row& r, const std::vector<double>& own, double factor, const std::string& problem) {
  if (!own.empty()) r.own = figure_of(own, factor);
  if (!problem.empty()) r.problems.push_back(problem);
  r.checked = !own.empty() && problem.empty();
}

void add_peer(row& r, const std::string& peer, const std::vector<double>& seconds, double factor) {
  if (seconds.empty()) return;
  r.peers[peer] = figure_of(seconds, factor);
  if (r.own) r.ratio[peer] = r.peers[peer].best / r.own->best;
}

void add_limit(row& r, double most) {
  if (r.own) r.goals.push_back({"", most, r.own->best, r.own->best <= most});
}

} // namespace

compile_probe probe_compile(const std::string& name, const std::string& device) {
  std::string reason;
  auto s = name == "pocl" ? open_pocl(reason) : open_dotcompute(device);
  if (!s) throw std::runtime_error(reason);
  const auto source = five_kernels();
  const auto calls = small_calls(*s);
  compile_probe result;
  std::shared_ptr<built_program> program;
  result.build = seconds_of([&] { program = s->build({source.c_str()}, fast_math); });
  result.ready = result.build + seconds_of([&] { program->prepare(calls)(); });
  result.again = seconds_of([&] { program = s->build({source.c_str()}, fast_math); });
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
  while (std::chrono::steady_clock::now() < end)
    result.again = std::min(result.again, seconds_of([&] { program = s->build({source.c_str()}, fast_math); }));
  return result;
}

std::vector<row> measure_compile_latency(const options& o) {
  const bool with_pocl = std::find(o.peers.begin(), o.peers.end(), "pocl") != o.peers.end();
  const unsigned rounds = o.quick ? 1 : std::max(5u, o.rounds);
  probe_samples cold, warm, pocl;
  for (unsigned i = 0; i < rounds; ++i) {
    if (o.progress) o.progress(fmt::format("{}: round {} of {}", compile_latency_name, i + 1, rounds));
    const temporary_folder folder;
    const std::map<std::string, std::string> environment{
        {"DOTCOMPUTE_CACHE_DIR", (folder.path() / "dotcompute").string()},
        {"POCL_CACHE_DIR", (folder.path() / "pocl").string()}};
    cold.add(o, "dotcompute", environment);
    if (with_pocl) pocl.add(o, "pocl", environment);
    warm.add(o, "dotcompute", environment);
  }

  auto first = new_row("first_compile", "five kernels, first compile, compiler process's start included", "ms");
  fill(first, cold.build, 1e3, cold.problem);
  add_peer(first, "pocl", pocl.build, 1e3);
  if (!pocl.problem.empty()) first.problems.push_back(pocl.problem);
  if (const auto found = first.ratio.find("pocl"); !o.quick && found != first.ratio.end())
    first.goals.push_back({"pocl", 6, found->second, found->second >= 6});

  auto run_once = new_row("first_run", "five kernels, first compile and each run once", "ms");
  fill(run_once, cold.ready, 1e3, cold.problem);
  add_peer(run_once, "pocl", pocl.ready, 1e3);

  auto disk = new_row("disk_cache", "five kernels from the disk cache, in a new process", "ms");
  fill(disk, warm.build, 1e3, warm.problem);
  if (!o.quick) add_limit(disk, 2);

  auto memory = new_row("memory_cache", "five kernels from memory", "us");
  fill(memory, warm.again, 1e6, warm.problem);
  if (!o.quick) add_limit(memory, 20);
  return {first, run_once, disk, memory};
}

} // namespace dotcompute::benchmark
