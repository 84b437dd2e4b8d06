// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

workload make_histogram(bool quick) {
  const std::size_t n = quick ? 1u << 16 : 1u << 26;
  auto data = std::make_shared<std::vector<std::uint8_t>>(n);
  auto expected = std::make_shared<std::vector<std::uint32_t>>(256);
  std::mt19937 engine(13);
  for (auto& v : *data) {
    // The sum of two dice: the middle values are as crowded as those of a photograph.
    v = static_cast<std::uint8_t>(((engine() >> 25) + (engine() >> 25)));
    ++(*expected)[v];
  }
  const auto check = [=](const std::vector<std::uint32_t>& bins) {
    return compare(
        bins, 256, [&](std::size_t i) { return (*expected)[i]; }, 0);
  };
  workload w{"histogram",
             "histogram of 2^" + std::to_string(quick ? 16 : 26) + " bytes, local atomics",
             "bandwidth",
             "GB/s",
             double(n) * 1e-9,
             false,
             1,
             {{"pocl", 1.5}},
             {},
             {}};
  w.on_side = [=](side& s) {
    auto bins = s.allocate(256 * sizeof(std::uint32_t));
    auto run =
        s.build(kernels::histogram, fast_math)
            ->prepare({{"clear_bins", {256}, {}, {bins}},
                       {"histogram", {64 * 256}, {256}, {s.upload(*data), static_cast<std::uint32_t>(n), bins}}});
    return contestant{s.name(), run, [=] { return check(download<std::uint32_t>(*bins, 256)); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto bins = std::make_shared<std::vector<std::uint32_t>>(256);
    return contestant{"openmp", [=, &peer] { peer.histogram(data->data(), n, bins->data()); },
                      [=] { return check(*bins); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
