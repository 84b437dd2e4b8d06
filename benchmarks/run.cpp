// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include "allocators/allocators.hpp"
#include "compile_latency.hpp"
#include "cuda/cuda_side.hpp"
#include "gpu/gpu_workloads.hpp"
#include "guarded_memory.hpp"
#include "machine.hpp"
#include "opencl/opencl_side.hpp"
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
  std::string backend;
  std::unique_ptr<side> own, pocl;
  std::vector<std::unique_ptr<side>> beside; ///< in the order of others.devices
  std::unique_ptr<opencl_side> opencl;
  std::unique_ptr<cuda_side> cuda;
  other_sides others;
  const openmp_peer* openmp = nullptr;
  const openmp_peer* openmp_fast = nullptr;
  std::map<std::string, std::string> missing;
};

bool wants(const options& o, const std::string& peer) {
  return std::find(o.peers.begin(), o.peers.end(), peer) != o.peers.end();
}

/// One that may be missing, for a reason that the rows then give.
template <class Side, class Open>
void open_peer(field& f, const options& o, machine& where, const std::string& name, std::unique_ptr<Side>& peer,
               const Open& open) {
  if (!wants(o, name)) return;
  std::string reason;
  try {
    peer = open(reason);
  } catch (const std::exception& e) {
    reason = e.what();
  }
  if (peer)
    where.sides[name] = peer->description();
  else
    f.missing[name] = reason;
}

void open_openmp_peers(field& f, const options& o, machine& where) {
  for (auto [name, peer] : {std::pair{"openmp", &f.openmp}, {"openmp_fast", &f.openmp_fast}}) {
    if (!wants(o, name)) continue;
    std::string reason;
    *peer = open_openmp(name, o.executable, reason);
    if (*peer)
      where.sides[name] = fmt::format("{}, {} threads", (*peer)->description, (*peer)->threads());
    else
      f.missing[name] = reason;
  }
}

field open_field(const options& o, machine& where) {
  field f;
  f.own = open_dotcompute(o.device, [&](const device& d) {
    f.opened = d;
    if (o.on_device) o.on_device(d);
  });
  where.sides["dotcompute"] = f.own->description();
  for (const std::string& selector : o.beside) {
    auto other = open_dotcompute(selector, [&](const device& d) { f.others.devices.push_back(d); });
    where.sides[f.others.devices.back().id()] = other->description();
    f.beside.push_back(std::move(other));
  }
  const auto& id = f.opened->id();
  const auto& p = f.opened->properties();
  f.backend = p.backend;
  f.scale = {o.quick, p.type.value_or("") == "gpu", p.compute_units.value_or(1)};
  if (f.backend != "cpu")
    where.device = fmt::format("{}, {}", p.name.value_or("unknown device"), p.driver.value_or("unknown driver"));
  if (f.backend == "cuda") // "cuda:1" is the driver's GPU 1
    open_peer(f, o, where, "cuda", f.cuda,
              [&](std::string& why) { return open_cuda(std::stoi(id.substr(id.find(':') + 1)), why); });
  else if (f.backend == "opencl")
    open_peer(f, o, where, "opencl_host", f.opencl, [&](std::string& why) { return open_opencl_host(id, why); });
  if (f.backend == "cpu") {
    open_peer(f, o, where, "pocl", f.pocl, open_pocl);
    open_openmp_peers(f, o, where);
  }
  f.others.cuda = f.cuda.get();
  f.others.opencl = f.opencl.get();
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
  if (f.opencl) enter(contestants, r, "opencl_host", [&] { return w.on_side(*f.opencl); });
  for (std::size_t i = 0; i < f.beside.size(); ++i)
    enter(contestants, r, f.others.devices[i].id(), [&] { return w.on_side(*f.beside[i]); });
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
  names.push_back(guarded_memory_name);
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
    if (r.group != "memory") r.isolation = to_string(f.opened->isolation()); // those need no device
    on_row(r);
    result.rows.push_back(std::move(r));
  };
  for (const auto& entry : all_workloads()) {
    if (!wanted(entry.name)) continue;
    if (o.progress) o.progress(fmt::format("{}: preparing", entry.name));
    add(run_workload(entry.make(f.scale), f, o));
  }
  if (f.cuda)
    if (auto mean = geometric_mean(result.rows, o)) add(std::move(*mean));
  for (const auto& name : gpu_workloads)
    if (f.backend == "cuda" || (f.backend == "opencl" && name == host_copies_name) ? wanted(name) : is_named(name))
      for (auto& r : measure_on_gpu(name, o, *f.opened, f.others))
        add(std::move(r));
  if (is_named(guarded_memory_name))
    for (auto& r : measure_guarded_memory(o, *f.opened))
      add(std::move(r));
  // What follows is the processors' business; elsewhere only what was asked for by name.
  const auto wanted_here = [&](const std::string& name) { return f.backend == "cpu" ? wanted(name) : is_named(name); };
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
