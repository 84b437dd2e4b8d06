// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

workload make_empty_launch(bool quick) {
  workload w{"empty_launch",
             "empty kernel, launch and wait",
             "time",
             "us",
             1e6,
             true,
             quick ? 10u : 1000u,
             {{"pocl", 10}},
             {},
             {}};
  w.on_side = [](side& s) {
    auto run = s.build(kernels::empty, "")->prepare({{"empty", {1}, {}, {}}});
    return contestant{s.name(), run, [] { return std::string(); }};
  };
  w.on_openmp = [](const openmp_peer& peer) {
    return contestant{"openmp", [&peer] { peer.empty(); }, [] { return std::string(); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
