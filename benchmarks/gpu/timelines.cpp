// SPDX-License-Identifier: MIT
// The two ways in which a GPU's streams can say how far they are: a word that the device writes to host memory, and
// events. The same work on one opening of the device for each.
#include "measurements.hpp"

#include "benchmark_kernels.hpp"

#include <cstdlib>
#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

/// The device with this kind of timeline. Nobody else reads the environment meanwhile.
device open_with(const device& gpu, const char* timeline) {
  constexpr const char* variable = "DOTCOMPUTE_CUDA_TIMELINE";
  const char* const found = std::getenv(variable);
  const std::string before = found ? found : "";
  ::setenv(variable, timeline, 1);
  const auto restore = [&] { before.empty() ? ::unsetenv(variable) : ::setenv(variable, before.c_str(), 1); };
  try {
    auto opened = device::open(gpu.id(), {.start_compiler = false});
    restore();
    return opened;
  } catch (...) {
    restore();
    throw;
  }
}

struct two_queues {
  device gpu;
  queue first, second;
  kernel empty;

  explicit two_queues(device opened)
      : gpu(std::move(opened)), first(gpu), second(gpu),
        empty(program::compile(gpu, benchmark::kernels::empty.opencl).kernel("empty")) {}

  void launch_and_wait(unsigned repeats) {
    for (unsigned i = 0; i < repeats; ++i)
      first.launch(empty, {1}).wait();
  }
  void back_to_back(unsigned repeats) {
    event last;
    for (unsigned i = 0; i < repeats; ++i)
      last = first.launch(empty, {1});
    last.wait();
  }
  /// Each kernel waits for the one before, which runs on the other queue.
  void to_and_fro(unsigned repeats) {
    event last;
    for (unsigned i = 0; i < repeats; ++i) {
      queue& next = i % 2 == 0 ? first : second;
      next.wait(last);
      last = next.launch(empty, {1});
    }
    last.wait();
  }
};

} // namespace

std::vector<row> measure_timelines(const options& o, const device& gpu, const other_sides&) {
  const auto memory = std::make_shared<two_queues>(open_with(gpu, "memory"));
  const auto events = std::make_shared<two_queues>(open_with(gpu, "events"));
  const unsigned repeats = o.quick ? 10 : 1000;
  std::vector<row> rows;
  const auto add = [&](const char* workload, const char* title, void (two_queues::*work)(unsigned)) {
    auto r = gpu_row(workload, title, "time", "us");
    std::vector<contestant> contestants;
    for (const auto& [name, queues] : {std::pair{"dotcompute", memory}, std::pair{"events", events}})
      enter(contestants, r, name, [&, queues = queues] {
        return contestant{"", [queues, work, repeats] { ((*queues).*work)(repeats); }, [] { return std::string(); }};
      });
    race_rules rules;
    rules.amount = 1e6;
    rules.is_time = rules.by_median = true;
    rules.repeats = repeats;
    rows.push_back(race(std::move(r), std::move(contestants), rules, o));
  };
  add("timeline_launch", "empty kernel, launch and wait, timelines in memory", &two_queues::launch_and_wait);
  add("timeline_launches", "empty kernel, back to back, timelines in memory", &two_queues::back_to_back);
  add("timeline_waits", "empty kernels on two queues, each waiting for the one before, timelines in memory",
      &two_queues::to_and_fro);
  return rows;
}

} // namespace dotcompute::benchmark
