// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

/// What lies at `i`: different for every one of 2^24 neighbours, and computed without looking at memory.
float value_at(std::size_t i) {
  return static_cast<float>((i * 2654435761u) >> 8 & 0xffffff);
}

} // namespace

workload make_transpose(const sizing& scale) {
  constexpr std::uint64_t tile = 32, rows = 8;
  const auto size = scale.choose<std::uint64_t>(128, 4096, 16384);
  const std::size_t count = size * size;
  workload w{"transpose",
             "transpose of " + std::to_string(size) + "^2 floats, 32x32 tiles in local memory",
             "bandwidth",
             "GB/s",
             double(count) * 2 * sizeof(float) * 1e-9,
             false,
             1,
             scale.goals({}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(10);
  w.on_side = [=](side& s) {
    std::vector<float> from(count);
    for (std::size_t i = 0; i < count; ++i)
      from[i] = value_at(i);
    auto to = s.allocate(count * sizeof(float));
    auto run =
        s.build(kernels::transpose, fast_math)
            ->prepare(
                {{"transpose", {size, size / tile * rows}, {tile, rows}, {static_cast<int>(size), s.upload(from), to}}},
                repeats);
    return contestant{s.name(), run, [=] {
                        return compare(
                            download<float>(*to, count), count,
                            [=](std::size_t i) { return value_at(i % size * size + i / size); }, 0);
                      }};
  };
  return w;
}

} // namespace dotcompute::benchmark
