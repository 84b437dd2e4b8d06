// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

workload make_histogram(const sizing& scale) {
  const unsigned power = scale.choose(16u, 26u, 30u);
  const std::size_t n = std::size_t{1} << power;
  const std::uint64_t groups = scale.gpu ? scale.groups() : 64;
  auto data = std::make_shared<std::vector<std::uint8_t>>(n);
  auto expected = std::make_shared<std::vector<std::uint32_t>>(256);
  std::mt19937 engine(13);
  for (std::size_t i = 0; i < n; ++i) {
    // The sum of two dice: the middle values are as crowded as those of a photograph. Many repeat themselves.
    auto& v = (*data)[i];
    v = i < (1 << 26) ? static_cast<std::uint8_t>((engine() >> 25) + (engine() >> 25)) : (*data)[i - (1 << 26)];
    ++(*expected)[v];
  }
  const auto check = [=](const std::vector<std::uint32_t>& bins) {
    return compare(
        bins, 256, [&](std::size_t i) { return (*expected)[i]; }, 0);
  };
  workload w{"histogram",
             "histogram of 2^" + std::to_string(power) + " bytes, local atomics",
             "bandwidth",
             "GB/s",
             double(n) * 1e-9,
             false,
             1,
             scale.goals({{"pocl", 1.5}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(5);
  w.on_side = [=](side& s) {
    auto bins = s.allocate(256 * sizeof(std::uint32_t));
    auto run =
        s.build(kernels::histogram, fast_math)
            ->prepare({{"clear_bins", {256}, {}, {bins}},
                       {"histogram", {groups * 256}, {256}, {s.upload(*data), static_cast<std::uint32_t>(n), bins}}},
                      repeats);
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
