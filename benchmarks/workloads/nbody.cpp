// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

constexpr float dt = 0.001f, softening = 0.01f;

struct bodies {
  int n;
  std::vector<float> position, velocity;
  explicit bodies(int count)
      : n(count), position(random_floats(std::size_t(count) * 4, -1, 1, 3)),
        velocity(random_floats(std::size_t(count) * 4, -1, 1, 4)) {
    for (int i = 0; i < n; ++i)
      position[4 * i + 3] = 0.5f + 0.5f * position[4 * i + 3]; // masses
  }

  std::string check(const std::vector<float>& new_velocity) const {
    for (int i = 0; i < n; i += n / 64 + 1) {
      double a[3] = {};
      for (int j = 0; j < n; ++j) {
        double d[3], r2 = softening;
        for (int k = 0; k < 3; ++k) {
          d[k] = double(position[4 * j + k]) - position[4 * i + k];
          r2 += d[k] * d[k];
        }
        for (int k = 0; k < 3; ++k)
          a[k] += d[k] * position[4 * j + 3] / (r2 * std::sqrt(r2));
      }
      // The sums cancel, so what counts is the error beside the force of all bodies on one side.
      const auto expected = [&](std::size_t k) { return velocity[4 * i + k] + a[k] * dt; };
      if (auto wrong = compare(&new_velocity[4 * i], 3, expected, 1e-4, 1 + 1e-3 * n * dt); !wrong.empty())
        return "body " + std::to_string(i) + ": " + wrong;
    }
    return {};
  }
};

} // namespace

workload make_nbody(const sizing& scale) {
  auto data = std::make_shared<bodies>(scale.choose(512, 16384, 65536));
  const double n = data->n;
  workload w{
      "nbody", "N-body, " + std::to_string(data->n) + " bodies", "throughput", "GFLOP/s", 20 * n * n * 1e-9, false,
      1,       scale.goals({{"pocl", 8}, {"openmp", 1.0}}),      {},           {}};
  const unsigned repeats = w.repeats = scale.repeats(2);
  w.on_side = [=](side& s) {
    const std::size_t count = data->position.size();
    auto new_position = s.allocate(count * sizeof(float)), new_velocity = s.allocate(count * sizeof(float));
    auto run = s.build(kernels::nbody, fast_math)
                   ->prepare({{"nbody",
                               {static_cast<std::uint64_t>(data->n)},
                               {},
                               {data->n, dt, softening, s.upload(data->position), s.upload(data->velocity),
                                new_position, new_velocity}}},
                             repeats);
    return contestant{s.name(), run, [=] { return data->check(download<float>(*new_velocity, count)); }};
  };
  w.on_openmp = [data](const openmp_peer& peer) {
    auto p = std::make_shared<std::vector<float>>(data->position.size());
    auto v = std::make_shared<std::vector<float>>(data->position.size());
    return contestant{"openmp",
                      [=, &peer] {
                        peer.nbody(data->n, dt, softening, data->position.data(), data->velocity.data(), p->data(),
                                   v->data());
                      },
                      [=] { return data->check(*v); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
