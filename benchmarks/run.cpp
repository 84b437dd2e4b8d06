// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include "allocators/allocators.hpp"
#include "compile_latency.hpp"
#include "cuda/cuda_side.hpp"
#include "gpu/gpu_workloads.hpp"
#include "machine.hpp"
#include "openmp_library.hpp"
#include "race.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

/// Whoever computes, once opened; a side that could not be opened has a reason instead.
struct field {
  std::optional<device> opened;
  sizing scale;
  std::unique_ptr<side> own, pocl;
  std::unique_ptr<cuda_side> cuda;
  const openmp_peer* openmp = nullptr;
  const openmp_peer* openmp_fast = nullptr;
  std::map<std::string, std::string> missing;
};

bool wants(const options& o, const std::string& peer) {
  return std::find(o.peers.begin(), o.peers.end(), peer) != o.peers.end();
}

/// Those of a machine's processors.
void open_processor_peers(field& f, const options& o, machine& where) {
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
}

/// "cuda:1" is the driver's GPU 1.
void open_gpu_peer(field& f, const options& o, machine& where) {
  if (!wants(o, "cuda")) return;
  const auto& id = f.opened->id();
  std::string reason;
  f.cuda = open_cuda(std::stoi(id.substr(id.find(':') + 1)), reason);
  if (f.cuda)
    where.sides["cuda"] = f.cuda->description();
  else
    f.missing["cuda"] = reason;
}

field open_field(const options& o, machine& where) {
  field f;
  f.own = open_dotcompute(o.device, [&](const device& d) {
    f.opened = d;
    if (o.on_device) o.on_device(d);
  });
  where.sides["dotcompute"] = f.own->description();
  const auto& p = f.opened->properties();
  f.scale = {o.quick, p.backend == "cuda", p.compute_units.value_or(1)};
  if (f.scale.gpu) {
    where.device = fmt::format("{}, {}", p.name.value_or("unknown GPU"), p.driver.value_or("unknown driver"));
    open_gpu_peer(f, o, where);
  } else {
    open_processor_peers(f, o, where);
  }
  return f;
}

row run_workload(const workload& w, field& f, const options& o) {
  row r;
  r.workload = w.name;
  r.title = w.title;
  r.metric = w.metric;
  r.unit = w.unit;
  if (f.scale.gpu) r.group = "gpu";
  std::vector<contestant> contestants;
  enter(contestants, r, "dotcompute", [&] { return w.on_side(*f.own); });
  if (f.cuda) enter(contestants, r, "cuda", [&] { return w.on_side(*f.cuda); });
  if (w.on_cuda_copy && f.cuda && wants(o, "cuda_memcpy"))
    enter(contestants, r, "cuda_memcpy", [&] { return w.on_cuda_copy(*f.cuda); });
  if (f.pocl) enter(contestants, r, "pocl", [&] { return w.on_side(*f.pocl); });
  if (w.on_openmp && f.openmp) enter(contestants, r, "openmp", [&] { return w.on_openmp(*f.openmp); });
  if (w.on_openmp && f.openmp_fast) enter(contestants, r, "openmp_fast", [&] { return w.on_openmp(*f.openmp_fast); });
  for (const auto& [name, reason] : f.missing)
    r.problems.push_back(fmt::format("{} is missing: {}", name, reason));
  return race(std::move(r), std::move(contestants), {w.amount, w.is_time, w.batch, w.repeats, f.scale.gpu, w.goals}, o);
}

/// How the kernels did on the whole beside those by hand; nothing unless all of them ran.
std::optional<row> geometric_mean(const std::vector<row>& rows, const options& o) {
  const std::vector<std::string> counted{"sgemm", "nbody",     "mandelbrot", "black_scholes", "stencil",
                                         "spmv",  "histogram", "scan",       "transpose"};
  double logarithms = 0;
  std::size_t found = 0;
  for (const auto& r : rows) {
    const auto ratio = r.ratio.find("cuda");
    if (ratio == r.ratio.end() || std::find(counted.begin(), counted.end(), r.workload) == counted.end()) continue;
    logarithms += std::log(ratio->second);
    ++found;
  }
  if (found != counted.size()) return std::nullopt;
  const double mean = std::exp(logarithms / static_cast<double>(found));
  row r;
  r.workload = "geometric_mean";
  r.title = "geometric mean of the nine kernels";
  r.metric = "ratio";
  r.unit = "x";
  r.group = "gpu";
  r.by_median = r.checked = true;
  r.own = figure{mean, mean};
  r.peers["cuda"] = {1, 1};
  r.ratio["cuda"] = mean;
  judge(r, {{"cuda", 1.0}}, o);
  return r;
}

} // namespace

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const auto& entry : all_workloads())
    names.push_back(entry.name);
  names.insert(names.end(), gpu_workloads.begin(), gpu_workloads.end());
  names.push_back(compile_latency_name);
  names.insert(names.end(), allocator_workloads.begin(), allocator_workloads.end());
  return names;
}

outcome run(const options& o, const std::function<void(const row&)>& on_row) {
  outcome result;
  result.where = describe_machine();
  field f = open_field(o, result.where);
  const auto is_named = [&](const std::string& name) {
    return std::find(o.workloads.begin(), o.workloads.end(), name) != o.workloads.end();
  };
  const auto wanted = [&](const std::string& name) { return o.workloads.empty() || is_named(name); };
  const auto add = [&](row r) {
    on_row(r);
    result.rows.push_back(std::move(r));
  };
  for (const auto& entry : all_workloads()) {
    if (!wanted(entry.name)) continue;
    if (o.progress) o.progress(fmt::format("{}: preparing", entry.name));
    add(run_workload(entry.make(f.scale), f, o));
  }
  if (f.scale.gpu)
    if (auto mean = geometric_mean(result.rows, o)) add(std::move(*mean));
  for (const auto& name : gpu_workloads)
    if (f.scale.gpu ? wanted(name) : is_named(name))
      for (auto& r : measure_on_gpu(name, o, *f.opened, f.cuda.get()))
        add(std::move(r));
  // What follows is the processors' business; on a GPU only what was asked for by name.
  const auto wanted_here = [&](const std::string& name) { return f.scale.gpu ? is_named(name) : wanted(name); };
  if (wanted_here(compile_latency_name))
    for (auto& r : measure_compile_latency(o))
      add(std::move(r));
  bool is_described = false;
  for (const auto& name : allocator_workloads) {
    if (!wanted_here(name)) continue;
    if (!is_described) describe_allocators(o, result.where);
    is_described = true;
    for (auto& r : measure_allocators(name, o))
      add(std::move(r));
  }
  return result;
}

} // namespace dotcompute::benchmark
