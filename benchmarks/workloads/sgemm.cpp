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
    for (int row = 0; row < n; row += stride + 1) {
      std::vector<double> sums(n);
      for (int k = 0; k < n; ++k)
        for (int column = 0; column < n; ++column)
          sums[column] += double(a[std::size_t(row) * n + k]) * b[std::size_t(k) * n + column];
      const auto wrong = compare(
          &c[std::size_t(row) * n], n, [&](std::size_t column) { return sums[column]; }, 1e-4, std::sqrt(double(n)));
      if (!wrong.empty()) return "row " + std::to_string(row) + ": " + wrong;
    }
    return {};
  }
};

} // namespace

workload make_sgemm(const sizing& scale) {
  auto data = std::make_shared<matrices>(scale.choose(64, 1024, 4096));
  const double n = data->n;
  workload w{"sgemm",
             "SGEMM " + std::to_string(data->n) + "^3, 16x16 tiles in local memory",
             "throughput",
             "GFLOP/s",
             2 * n * n * n * 1e-9,
             false,
             1,
             scale.goals({{"pocl", 30}}),
             {},
             {}};
  w.goals.push_back({"opencl_host", like_by_hand});
  const unsigned repeats = w.repeats = scale.repeats(1);
  w.on_side = [=](side& s) {
    const std::size_t count = data->a.size();
    auto c = s.allocate(count * sizeof(float));
    const auto n64 = static_cast<std::uint64_t>(data->n);
    auto run =
        s.build(kernels::sgemm, fast_math)
            ->prepare({{"sgemm", {n64, n64}, {16, 16}, {data->n, s.upload(data->a), s.upload(data->b), c}}}, repeats);
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
