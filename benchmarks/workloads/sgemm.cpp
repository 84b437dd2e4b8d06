// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

struct matrices {
  int n;
  std::vector<float> a, b;
  explicit matrices(int size)
      : n(size), a(random_floats(std::size_t(size) * size, -1, 1, 1)),
        b(random_floats(std::size_t(size) * size, -1, 1, 2)) {}

  std::string check(const std::vector<float>& c) const {
    const int stride = n / 16;
    for (int row = 0; row < n; row += stride + 1)
      for (int column = 0; column < n; ++column) {
        double sum = 0;
        for (int k = 0; k < n; ++k)
          sum += double(a[std::size_t(row) * n + k]) * b[std::size_t(k) * n + column];
        const float* one = &c[std::size_t(row) * n + column];
        if (auto wrong = compare(
                one, 1, [&](std::size_t) { return sum; }, 1e-4, std::sqrt(double(n)));
            !wrong.empty())
          return "row " + std::to_string(row) + ", column " + std::to_string(column) + ": " + wrong;
      }
    return {};
  }
};

} // namespace

workload make_sgemm(bool quick) {
  auto data = std::make_shared<matrices>(quick ? 64 : 1024);
  const double n = data->n;
  workload w{"sgemm",
             "SGEMM " + std::to_string(data->n) + "^3, 16x16 tiles in local memory",
             "throughput",
             "GFLOP/s",
             2 * n * n * n * 1e-9,
             false,
             1,
             {{"pocl", 30}},
             {},
             {}};
  w.on_side = [data](side& s) {
    const std::size_t count = data->a.size();
    auto c = s.allocate(count * sizeof(float));
    const auto n64 = static_cast<std::uint64_t>(data->n);
    auto run = s.build(kernels::sgemm, fast_math)
                   ->prepare({{"sgemm", {n64, n64}, {16, 16}, {data->n, s.upload(data->a), s.upload(data->b), c}}});
    return contestant{s.name(), run, [=] { return data->check(download<float>(*c, count)); }};
  };
  w.on_openmp = [data](const openmp_peer& peer) {
    auto c = std::make_shared<std::vector<float>>(data->a.size());
    return contestant{"openmp", [=, &peer] { peer.sgemm(data->n, data->a.data(), data->b.data(), c->data()); },
                      [=] { return data->check(*c); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
