// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

struct picture {
  int width, limit = 256;
  float left = -2.0f, top = -1.25f, step;
  explicit picture(int size) : width(size), step(2.5f / static_cast<float>(size)) {}

  int reference(int column, int row) const {
    const float cx = left + step * static_cast<float>(column), cy = top + step * static_cast<float>(row);
    float x = 0, y = 0;
    int i = 0;
    for (; i < limit && x * x + y * y < 4.0f; ++i) {
      const float next = x * x - y * y + cx;
      y = 2.0f * x * y + cy;
      x = next;
    }
    return i;
  }

  /// Near the boundary of the set one rounding decides, and sides may fuse multiplications: a few pixels may differ.
  std::string check(const std::vector<int>& iterations) const {
    std::size_t looked = 0, different = 0;
    for (int row = 0; row < width; row += width / 128 + 1)
      for (int column = 0; column < width; ++column, ++looked)
        different += iterations[std::size_t(row) * width + column] != reference(column, row);
    if (different * 50 <= looked) return {};
    return std::to_string(different) + " of " + std::to_string(looked) + " pixels differ";
  }
};

} // namespace

workload make_mandelbrot(const sizing& scale) {
  const picture data(scale.choose(128, 2048, 8192));
  const auto size = static_cast<std::uint64_t>(data.width);
  const std::size_t count = size * size;
  workload w{"mandelbrot",
             "Mandelbrot " + std::to_string(size) + "^2, " + std::to_string(data.limit) + " iterations",
             "time",
             "ms",
             1e3,
             true,
             1,
             scale.goals({{"pocl", 7}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(4);
  w.on_side = [=](side& s) {
    auto iterations = s.allocate(count * sizeof(int));
    auto run = s.build(kernels::mandelbrot, fast_math)
                   ->prepare({{"mandelbrot",
                               {size, size},
                               {},
                               {data.left, data.top, data.step, data.width, data.limit, iterations}}},
                             repeats);
    return contestant{s.name(), run, [=] { return data.check(download<int>(*iterations, count)); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto iterations = std::make_shared<std::vector<int>>(count);
    return contestant{"openmp",
                      [=, &peer] {
                        peer.mandelbrot(data.left, data.top, data.step, data.width, data.width, data.limit,
                                        iterations->data());
                      },
                      [=] { return data.check(*iterations); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
