// SPDX-License-Identifier: MIT
// Copies and kernels that know nothing of each other, on one queue and on two: two should take half as long where both
// take equally long.
#include "measurements.hpp"

#include "benchmark_kernels.hpp"

#include <algorithm>
#include <chrono>
#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double shortest(const std::function<void()>& work) {
  double best = seconds_of(work);
  for (int i = 0; i < 4; ++i)
    best = std::min(best, seconds_of(work));
  return best;
}

struct pipeline {
  device gpu;
  std::size_t bytes;
  unsigned rounds;
  int turns = 1000;
  queue copies, kernels;
  untyped_buffer here, there;
  buffer<float> values;
  dotcompute::kernel spin;

  pipeline(const device& d, bool is_small)
      : gpu(d), bytes(is_small ? 1 << 16 : 32 << 20), rounds(is_small ? 2 : 16), copies(d), kernels(d),
        here(d, bytes, buffer_kind::host_shared), there(d, bytes, buffer_kind::device_local),
        values(d, is_small ? 1024 : 2048 * d.properties().compute_units.value_or(1)),
        spin(program::compile(d, benchmark::kernels::spin.opencl).kernel("spin")) {
    std::fill_n(here.host_address(), bytes, std::byte{0x5a});
  }

  event copy(queue& on) { return on.copy_bytes(here, there); }
  event compute(queue& on) { return on.launch(spin, nd_range(values.size()).local(256), turns, values); }

  /// So many turns that a kernel takes as long as a copy.
  void balance() {
    const double copy_time = shortest([&] {
      for (unsigned i = 1; i < rounds; ++i)
        copy(copies);
      copy(copies).wait();
    });
    const auto kernels_time = [&](int n) {
      turns = n;
      return shortest([&] {
        for (unsigned i = 1; i < rounds; ++i)
          compute(kernels);
        compute(kernels).wait();
      });
    };
    const double few = kernels_time(10'000), many = kernels_time(40'000);
    const double a_turn = std::max((many - few) / 30'000, 1e-12);
    turns = static_cast<int>(std::clamp((copy_time - few) / a_turn + 10'000, 1.0, 1e8));
  }

  void run(queue& first, queue& second) {
    event copied, computed;
    for (unsigned i = 0; i < rounds; ++i) {
      copied = copy(first);
      computed = compute(second);
    }
    copied.wait();
    computed.wait();
  }

  std::string check() {
    std::vector<std::byte> back(bytes);
    copies.read_bytes(there, back.data(), bytes).wait();
    if (std::count(back.begin(), back.end(), std::byte{0x5a}) != static_cast<std::ptrdiff_t>(bytes))
      return "the copy differs from what was copied";
    std::vector<float> results(values.size());
    kernels.read(values, results).wait();
    // x = x / 2 + 1 comes to rest at 2 exactly.
    return compare(
        results, results.size(), [](std::size_t) { return 2.0f; }, 0);
  }
};

} // namespace

std::vector<row> measure_queue_overlap(const options& o, const device& gpu, const other_sides&) {
  auto p = std::make_shared<pipeline>(gpu, o.quick);
  p->run(p->copies, p->kernels);
  if (!o.quick) p->balance();
  auto r = gpu_row(
      "queue_overlap",
      fmt::format("{} copies of {} MiB beside {} kernels as long, two queues", p->rounds, p->bytes >> 20, p->rounds),
      "time", "ms");
  std::vector<contestant> contestants;
  enter(contestants, r, "dotcompute", [&] {
    return contestant{"", [p] { p->run(p->copies, p->kernels); }, [p] { return p->check(); }};
  });
  enter(contestants, r, "one_queue", [&] {
    return contestant{"", [p] { p->run(p->copies, p->copies); }, [p] { return p->check(); }};
  });
  race_rules rules;
  rules.amount = 1e3;
  rules.is_time = rules.by_median = true;
  rules.goals = {{"one_queue", 1.7}};
  return {race(std::move(r), std::move(contestants), rules, o)};
}

} // namespace dotcompute::benchmark
