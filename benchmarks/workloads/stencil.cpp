// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "streams.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

workload make_stencil(const sizing& scale) {
  const int size = scale.choose(131, 4096, 16384);
  const std::size_t count = std::size_t(size) * size;
  auto from = std::make_shared<std::vector<float>>(random_floats(count, 0, 1, 9));
  const auto check = [=](const float* to) {
    const auto& f = *from;
    return compare(
        to, count,
        [&](std::size_t i) {
          const std::size_t x = i % size, y = i / size, last = size - 1;
          if (x == 0 || y == 0 || x == last || y == last) return double(f[i]);
          return 0.5 * f[i] + 0.125 * (double(f[i - 1]) + f[i + 1] + f[i - size] + f[i + size]);
        },
        1e-5);
  };
  workload w{"stencil", "5-point stencil " + std::to_string(size) + "^2", "bandwidth",
             "GB/s",    double(count) * 2 * sizeof(float) * 1e-9,         false,
             1,         scale.goals({{"pocl", 1.0}, {"openmp", 0.9}}),    {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(10);
  w.on_side = [=](side& s) {
    auto to = s.allocate(count * sizeof(float));
    const auto n = static_cast<std::uint64_t>(size);
    auto run = s.build(kernels::stencil, fast_math)
                   ->prepare({{"stencil", {n, n}, {}, {size, size, s.upload(*from), to}}}, repeats);
    return contestant{s.name(), run, [=] { return check(download<float>(*to, count).data()); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto own = filled_array(peer, count, 0), to = filled_array(peer, count, 0);
    std::copy(from->begin(), from->end(), own.get());
    return contestant{"openmp", [=, &peer] { peer.stencil(size, size, own.get(), to.get()); },
                      [=] { return check(to.get()); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
