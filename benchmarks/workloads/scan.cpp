// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

workload make_scan(const sizing& scale) {
  constexpr std::uint64_t block = 256;
  const unsigned power = scale.choose(14u, 24u, 28u);
  const std::size_t n = std::size_t{1} << power;
  auto input = std::make_shared<std::vector<std::uint32_t>>(n);
  std::mt19937 engine(14);
  for (auto& v : *input)
    v = static_cast<std::uint32_t>(engine());
  const auto check = [=](const std::vector<std::uint32_t>& output) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      sum = (i % block ? sum : 0) + (*input)[i];
      if (output[i] != sum)
        return "element " + std::to_string(i) + " is " + std::to_string(output[i]) + ", expected " +
               std::to_string(sum);
    }
    return std::string();
  };
  workload w{"scan",
             "work-group scan of 2^" + std::to_string(power) + ", groups of 256",
             "bandwidth",
             "GB/s",
             double(n) * 2 * sizeof(std::uint32_t) * 1e-9,
             false,
             1,
             scale.goals({{"pocl", 1.5}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(5);
  w.on_side = [=](side& s) {
    auto output = s.allocate(n * sizeof(std::uint32_t));
    const local_block local{block * sizeof(std::uint32_t)};
    auto run = s.build(kernels::scan, fast_math)
                   ->prepare({{"scan", {n}, {block}, {s.upload(*input), output, local, local}}}, repeats);
    return contestant{s.name(), run, [=] { return check(download<std::uint32_t>(*output, n)); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto output = std::make_shared<std::vector<std::uint32_t>>(n);
    return contestant{"openmp", [=, &peer] { peer.scan(input->data(), output->data(), n, block); },
                      [=] { return check(*output); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
