// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

const std::vector<workload_entry>& all_workloads() {
  static const std::vector<workload_entry> entries{
      {"sgemm", make_sgemm},
      {"nbody", make_nbody},
      {"mandelbrot", make_mandelbrot},
      {"reduction", make_reduction},
      {"copy", make_copy},
      {"mul", make_mul},
      {"add", make_add},
      {"triad", make_triad},
      {"dot", make_dot},
      {"black_scholes", make_black_scholes},
      {"stencil", make_stencil},
      {"spmv", make_spmv},
      {"histogram", make_histogram},
      {"scan", make_scan},
      {"transpose", make_transpose},
      {"empty_launch", make_empty_launch},
      {"empty_launches", make_empty_launches},
  };
  return entries;
}

} // namespace dotcompute::benchmark
