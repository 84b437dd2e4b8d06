// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

workload make_empty_launch(const sizing& scale) {
  workload w{"empty_launch",
             "empty kernel, launch and wait",
             "time",
             "us",
             1e6,
             true,
             scale.quick ? 10u : 1000u,
             scale.goals({{"pocl", 10}}, {{"cuda", 0.5, true}}),
             {},
             {}};
  w.goals.push_back({"opencl_host", like_by_hand});
  w.on_side = [](side& s) {
    auto run = s.build(kernels::empty, "")->prepare({{"empty", {1}, {}, {}}});
    return contestant{s.name(), run, [] { return std::string(); }};
  };
  w.on_openmp = [](const openmp_peer& peer) {
    return contestant{"openmp", [&peer] { peer.empty(); }, [] { return std::string(); }};
  };
  return w;
}

workload make_empty_launches(const sizing& scale) {
  workload w{"empty_launches",
             "empty kernel, back to back",
             "time",
             "us",
             1e6,
             true,
             1,
             scale.goals({}, {{"cuda", 0.2, true}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.quick ? 10 : 2000;
  w.on_side = [=](side& s) {
    auto run = s.build(kernels::empty, "")->prepare({{"empty", {1}, {}, {}}}, repeats);
    return contestant{s.name(), run, [] { return std::string(); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
