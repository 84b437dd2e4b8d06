// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "streams.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

constexpr std::uint64_t items = 256;

/// Multiples of 1/256 in [0, 1): their double sum is exact whatever the order.
std::vector<float> numbers(std::size_t n) {
  std::mt19937 engine(5);
  std::vector<float> values(n);
  for (auto& v : values)
    v = static_cast<float>(engine() >> 24) * 0x1p-8f;
  return values;
}

} // namespace

workload make_reduction(const sizing& scale) {
  const unsigned power = scale.choose(16u, 26u, 28u);
  const std::size_t n = std::size_t{1} << power;
  const std::uint64_t groups = scale.groups();
  auto input = std::make_shared<std::vector<float>>(numbers(n));
  double sum = 0;
  for (const float v : *input)
    sum += v;
  const auto check = [sum](float result) {
    return compare(
        &result, 1, [=](std::size_t) { return sum; }, 1e-4);
  };
  workload w{"reduction",
             "reduction of 2^" + std::to_string(power) + ", grid-stride and local tree",
             "bandwidth",
             "GB/s",
             double(n) * sizeof(float) * 1e-9,
             false,
             1,
             scale.goals({{"pocl", 18}, {"openmp", 0.9}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(10);
  w.on_side = [=](side& s) {
    auto partial = s.allocate(groups * sizeof(float)), result = s.allocate(sizeof(float));
    const local_block tree{items * sizeof(float)};
    auto run =
        s.build(kernels::reduction, fast_math)
            ->prepare({{"reduction",
                        {groups * items},
                        {items},
                        {s.upload(*input), static_cast<std::uint32_t>(n), partial, tree}},
                       {"reduction", {items}, {items}, {partial, static_cast<std::uint32_t>(groups), result, tree}}},
                      repeats);
    return contestant{s.name(), run, [=] { return check(download<float>(*result, 1)[0]); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto own = filled_array(peer, n, 0);
    std::copy(input->begin(), input->end(), own.get());
    auto result = std::make_shared<float>();
    return contestant{"openmp", [=, &peer] { *result = peer.reduction(own.get(), n); }, [=] { return check(*result); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
