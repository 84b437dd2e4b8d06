// SPDX-License-Identifier: MIT
#include "../workload.hpp"
#include "benchmark_kernels.hpp"
#include "workloads.hpp"

namespace dotcompute::benchmark {

namespace {

constexpr float rate = 0.02f, volatility = 0.30f;

struct options_market {
  std::vector<float> price, strike, years;
  explicit options_market(std::size_t n)
      : price(random_floats(n, 5, 30, 6)), strike(random_floats(n, 1, 100, 7)), years(random_floats(n, 0.25f, 10, 8)) {}

  /// In double and with the exact normal distribution, so independent of what the sides compute; the series that they
  /// use is good to 7.5e-8.
  std::string check(const std::vector<float>& call, const std::vector<float>& put) const {
    const auto normal = [](double d) { return 0.5 * std::erfc(-d * std::sqrt(0.5)); };
    const std::size_t step = 1 + price.size() / (1 << 23); // some of very many
    for (std::size_t i = 0; i < price.size(); i += step) {
      const double s = price[i], x = strike[i], t = years[i], root = std::sqrt(t);
      const double d1 = (std::log(s / x) + (double(rate) + 0.5 * volatility * volatility) * t) / (volatility * root);
      const double d2 = d1 - volatility * root, discounted = x * std::exp(-double(rate) * t);
      const double want_call = s * normal(d1) - discounted * normal(d2);
      const double want_put = discounted * normal(-d2) - s * normal(-d1);
      auto wrong = compare(
          &call[i], 1, [&](std::size_t) { return want_call; }, 2e-5, x);
      if (wrong.empty())
        wrong = compare(
            &put[i], 1, [&](std::size_t) { return want_put; }, 2e-5, x);
      if (!wrong.empty()) return "option " + std::to_string(i) + ": " + wrong;
    }
    return {};
  }
};

} // namespace

workload make_black_scholes(const sizing& scale) {
  const std::size_t n = scale.choose<std::size_t>(scale.gpu ? 5120 : 5000, 1 << 22, 1 << 26);
  auto data = std::make_shared<options_market>(n);
  workload w{"black_scholes",
             "Black-Scholes " + scale.choose<std::string>(std::to_string(n), "2^22", "2^26"),
             "throughput",
             "Moptions/s",
             double(n) * 1e-6,
             false,
             1,
             scale.goals({{"pocl", 4}, {"openmp", 1.0}}),
             {},
             {}};
  const unsigned repeats = w.repeats = scale.repeats(10);
  w.on_side = [=](side& s) {
    auto call_price = s.allocate(n * sizeof(float)), put_price = s.allocate(n * sizeof(float));
    auto run = s.build(kernels::black_scholes, fast_math)
                   ->prepare({{"black_scholes",
                               {n},
                               {},
                               {rate, volatility, s.upload(data->price), s.upload(data->strike), s.upload(data->years),
                                call_price, put_price}}},
                             repeats);
    return contestant{s.name(), run,
                      [=] { return data->check(download<float>(*call_price, n), download<float>(*put_price, n)); }};
  };
  w.on_openmp = [=](const openmp_peer& peer) {
    auto call_price = std::make_shared<std::vector<float>>(n), put_price = std::make_shared<std::vector<float>>(n);
    return contestant{"openmp",
                      [=, &peer] {
                        peer.black_scholes(rate, volatility, data->price.data(), data->strike.data(),
                                           data->years.data(), call_price->data(), put_price->data(), n);
                      },
                      [=] { return data->check(*call_price, *put_price); }};
  };
  return w;
}

} // namespace dotcompute::benchmark
