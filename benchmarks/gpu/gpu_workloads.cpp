// SPDX-License-Identifier: MIT
#include "gpu_workloads.hpp"

#include "measurements.hpp"

#include <fmt/format.h>

namespace dotcompute::benchmark {

std::vector<row> measure_on_gpu(const std::string& workload, const options& o, const device& gpu,
                                const other_sides& others) {
  try {
    if (gpu.properties().backend == "cpu") throw std::runtime_error("this is measured on GPUs only");
    if (workload == host_copies_name) return measure_host_copies(o, gpu, others);
    if (workload == "pool_pairs") return measure_pool_pairs(o, gpu, others);
    if (workload == "queue_overlap") return measure_queue_overlap(o, gpu, others);
    if (workload == "timelines") return measure_timelines(o, gpu, others);
    return measure_first_kernel(o, gpu, others);
  } catch (const std::exception& e) {
    auto r = gpu_row(workload, workload, "time", "us");
    r.problems.push_back(fmt::format("dotcompute: {}", e.what()));
    return {r};
  }
}

} // namespace dotcompute::benchmark
