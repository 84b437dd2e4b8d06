// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

#include <algorithm>

namespace dotcompute::benchmark {

namespace {

/// Small enough that the vector stays in a core's second-level cache, so that code is compared and not memory latency.
/// Most rows are short and a few very long, as in graphs: each row draws a rank r of 0 to 1023 and has
/// 8 + 2048 / (1 + 4 r) entries.
struct sparse_matrix {
  int rows;
  std::vector<int> row_start{0}, column;
  std::vector<float> value, x;

  explicit sparse_matrix(int row_count) : rows(row_count), x(random_floats(row_count, -1, 1, 10)) {
    std::mt19937 engine(11);
    for (int row = 0; row < rows; ++row) {
      const int rank = static_cast<int>(engine() >> 22);
      row_start.push_back(row_start.back() + std::min(rows, 8 + 2048 / (1 + 4 * rank)));
    }
    column.resize(row_start.back());
    for (int row = 0; row < rows; ++row) {
      for (int i = row_start[row]; i < row_start[row + 1]; ++i)
        column[i] = static_cast<int>((std::uint64_t{engine()} * static_cast<std::uint64_t>(rows)) >> 32);
      std::sort(column.begin() + row_start[row], column.begin() + row_start[row + 1]);
    }
    value = random_floats(column.size(), -1, 1, 12);
  }

  std::string check(const std::vector<float>& y) const {
    return compare(
        y, rows,
        [&](std::size_t row) {
          double sum = 0;
          for (int i = row_start[row]; i < row_start[row + 1]; ++i)
            sum += double(value[i]) * x[column[i]];
          return sum;
        },
        1e-4, 10);
  }
};

} // namespace

workload make_spmv(const sizing& scale) {
  auto data = std::make_shared<sparse_matrix>(scale.choose(1000, 1 << 17, 1 << 21));
  workload w{"spmv",
             "CSR SpMV, " + std::to_string(data->rows) + " uneven rows",
             "throughput",
             "GFLOP/s",
             2e-9 * double(data->column.size()),
             false,
             1,
             scale.goals({{"pocl", 1.5}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(20);
  w.on_side = [=](side& s) {
    auto y = s.allocate(data->x.size() * sizeof(float));
    auto run = s.build(kernels::spmv, fast_math)
                   ->prepare({{"spmv",
                               {static_cast<std::uint64_t>(data->rows)},
                               {},
                               {data->rows, s.upload(data->row_start), s.upload(data->column), s.upload(data->value),
                                s.upload(data->x), y}}},
                             repeats);
    return contestant{s.name(), run, [=] { return data->check(download<float>(*y, data->x.size())); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto y = std::make_shared<std::vector<float>>(data->x.size());
    return contestant{"openmp",
                      [=, &peer] {
                        peer.spmv(data->rows, data->row_start.data(), data->column.data(), data->value.data(),
                                  data->x.data(), y->data());
                      },
                      [=] { return data->check(*y); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
