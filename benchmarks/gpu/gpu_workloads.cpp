// SPDX-License-Identifier: MIT
#include "gpu_workloads.hpp"

#include "measurements.hpp"

#include <fmt/format.h>

namespace dotcompute::benchmark {

std::vector<row> measure_on_gpu(const std::string& workload, const options& o, const device& gpu, cuda_side* cuda) {
  try {
    if (gpu.properties().backend == "cpu") throw std::runtime_error("this is measured on GPUs only");
    if (workload == "host_copies") return measure_host_copies(o, gpu, cuda);
    if (workload == "pool_pairs") return measure_pool_pairs(o, gpu, cuda);
    if (workload == "queue_overlap") return measure_queue_overlap(o, gpu, cuda);
    if (workload == "timelines") return measure_timelines(o, gpu, cuda);
    return measure_first_kernel(o, gpu, cuda);
  } catch (const std::exception& e) {
    auto r = gpu_row(workload, workload, "time", "us");
    r.problems.push_back(fmt::format("dotcompute: {}", e.what()));
    return {r};
  }
}

} // namespace dotcompute::benchmark
