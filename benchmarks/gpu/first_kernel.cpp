// SPDX-License-Identifier: MIT
// The first kernel of a process, from the disk cache, beside what a process needs for a context alone.
#include "gpu_workloads.hpp"
#include "measurements.hpp"

#include "../fresh_process.hpp"
#include "../measure.hpp"
#include "benchmark_kernels.hpp"

#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace dotcompute::benchmark {

namespace {

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Seconds until a context of GPU `ordinal` was there.
double make_context(int ordinal) {
  const auto begin = std::chrono::steady_clock::now();
  std::string reason;
  const auto* driver = cuda::driver_library::open(reason); // cuInit as well
  if (!driver) throw std::runtime_error(reason);
  cuda::device_number d = 0;
  cuda::context context = nullptr;
  cuda::check(*driver, driver->get_device(&d, ordinal), "cuDeviceGet");
  cuda::check(*driver, driver->retain_primary_context(&context, d), "cuDevicePrimaryCtxRetain");
  cuda::check(*driver, driver->set_current(context), "cuCtxSetCurrent");
  return seconds_since(begin);
}

double run_first_kernel(const std::string& selector) {
  const auto begin = std::chrono::steady_clock::now();
  open_options how;
  how.start_compiler = false;
  const auto gpu = device::open(selector, how);
  const auto saxpy = program::compile(gpu, kernels::saxpy.opencl).kernel("saxpy");
  queue commands(gpu);
  const std::size_t n = 4096;
  const buffer<float> x(gpu, n), y(gpu, n);
  commands.fill(x, 2.0f);
  commands.launch(saxpy, n, 3.0f, x, y).wait();
  const double seconds = seconds_since(begin);
  std::vector<float> result(n);
  commands.read(y, result).wait();
  if (const auto wrong = compare(
          result, n, [](std::size_t) { return 6.0f; }, 0);
      !wrong.empty())
    throw std::runtime_error(wrong);
  return seconds;
}

double ask(const options& o, const device& gpu, const std::string& probe,
           const std::map<std::string, std::string>& environment) {
  const auto text = run_fresh(o.executable, {"bench", "--probe", probe, "--device", gpu.id()}, environment);
  return nlohmann::json::parse(text).at("ready").get<double>();
}

} // namespace

double probe_first_kernel(const std::string& name, const std::string& selector) {
  if (name == first_kernel_probe) return run_first_kernel(selector);
  const auto colon = selector.find(':');
  return make_context(colon == std::string::npos ? 0 : std::stoi(selector.substr(colon + 1)));
}

std::vector<row> measure_first_kernel(const options& o, const device& gpu, const other_sides& others) {
  auto r =
      gpu_row("first_kernel", "first kernel of a process, from the disk cache; beside a context alone", "time", "ms");
  const temporary_folder folder;
  const std::map<std::string, std::string> environment{
      {"DOTCOMPUTE_CACHE_DIR", (folder.path() / "dotcompute").string()}};
  const unsigned rounds = o.quick ? 1 : std::max(9u, o.rounds);
  std::vector<double> own, context;
  try {
    ask(o, gpu, first_kernel_probe, environment); // compiles, and fills the cache
    for (unsigned i = 0; i < rounds; ++i) {
      if (o.progress) o.progress(fmt::format("first_kernel: round {} of {}", i + 1, rounds));
      if (others.cuda) context.push_back(ask(o, gpu, cuda_context_probe, environment));
      own.push_back(ask(o, gpu, first_kernel_probe, environment));
    }
    r.checked = true;
  } catch (const std::exception& e) {
    r.problems.push_back(e.what());
  }
  const auto figure_of = [](const std::vector<double>& seconds) {
    const auto t = summarize(seconds);
    return figure{t.best * 1e3, t.median * 1e3};
  };
  if (!own.empty()) r.own = figure_of(own);
  if (!context.empty()) {
    r.peers["cuda"] = figure_of(context);
    if (r.own) r.ratio["cuda"] = r.peers["cuda"].median / r.own->median;
  }
  judge(r, {{"cuda", 5, true}}, o);
  return {r};
}

} // namespace dotcompute::benchmark
