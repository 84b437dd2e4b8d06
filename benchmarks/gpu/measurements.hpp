// SPDX-License-Identifier: MIT
// The measurements of gpu_workloads, one file each.
#pragma once

#include "../cuda/cuda_side.hpp"
#include "../race.hpp"
#include "gpu_workloads.hpp"

namespace dotcompute::benchmark {

std::vector<row> measure_host_copies(const options& o, const device& gpu, const other_sides& others);
std::vector<row> measure_pool_pairs(const options& o, const device& gpu, const other_sides& others);
std::vector<row> measure_queue_overlap(const options& o, const device& gpu, const other_sides& others);
std::vector<row> measure_timelines(const options& o, const device& gpu, const other_sides& others);
std::vector<row> measure_first_kernel(const options& o, const device& gpu, const other_sides& others);

inline row gpu_row(std::string workload, std::string title, std::string metric, std::string unit) {
  row r;
  r.workload = std::move(workload);
  r.title = std::move(title);
  r.metric = std::move(metric);
  r.unit = std::move(unit);
  r.group = "gpu";
  r.by_median = true;
  return r;
}

} // namespace dotcompute::benchmark
