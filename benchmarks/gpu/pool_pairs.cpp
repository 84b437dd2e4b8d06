// SPDX-License-Identifier: MIT
// An allocation and its free, in the order of a queue, from the pool and from the driver's own pool.
#include "measurements.hpp"

#include "execution/device_state.hpp"

#include <dotcompute/dotcompute.hpp>
#include <fmt/format.h>

namespace dotcompute::benchmark {

namespace {

contestant own_pool(const device& gpu, std::uint64_t bytes, unsigned repeats) {
  const auto run = [gpu, bytes, repeats] {
    auto& pool = gpu.state()->memory;
    ::dotcompute::memory::allocation_request request;
    request.bytes = bytes;
    for (unsigned i = 0; i < repeats; ++i)
      pool.free(pool.allocate(request).handle);
  };
  const auto check = [gpu] {
    gpu.state()->memory.check();
    return std::string();
  };
  return {"dotcompute", run, check};
}

contestant own_buffers(const device& gpu, std::uint64_t bytes, unsigned repeats) {
  auto commands = std::make_shared<queue>(gpu);
  const auto run = [gpu, commands, bytes, repeats] {
    allocation_options how;
    how.zeroed = false;
    how.first_used_on = commands.get();
    for (unsigned i = 0; i < repeats; ++i)
      commands->release(untyped_buffer(gpu, bytes, how));
  };
  return {"dotcompute", run, [gpu] {
            gpu.state()->memory.check();
            return std::string();
          }};
}

contestant raw_pairs(const cuda_side& cuda, std::uint64_t bytes, unsigned repeats) {
  const auto& s = cuda.raw();
  const auto run = [&s, bytes, repeats] {
    s.enter();
    for (unsigned i = 0; i < repeats; ++i) {
      cuda::address memory = 0;
      s.check(s.driver->allocate_in_order(&memory, bytes, s.stream), "cuMemAllocAsync");
      s.check(s.driver->free_in_order(memory, s.stream), "cuMemFreeAsync");
    }
    s.synchronize();
  };
  return {"cuda", run, [] { return std::string(); }};
}

} // namespace

std::vector<row> measure_pool_pairs(const options& o, const device& gpu, const other_sides& others) {
  const unsigned repeats = o.quick ? 10 : 1000;
  std::vector<row> rows;
  const auto add = [&](std::string workload, std::string title, std::uint64_t bytes, std::vector<goal> goals,
                       contestant (*own)(const device&, std::uint64_t, unsigned)) {
    auto r = gpu_row(std::move(workload), std::move(title), "time", "us");
    std::vector<contestant> contestants;
    enter(contestants, r, "dotcompute", [&] { return own(gpu, bytes, repeats); });
    if (others.cuda) enter(contestants, r, "cuda", [&] { return raw_pairs(*others.cuda, bytes, repeats); });
    race_rules rules;
    rules.amount = 1e6;
    rules.is_time = rules.by_median = true;
    rules.repeats = repeats;
    rules.goals = std::move(goals);
    rows.push_back(race(std::move(r), std::move(contestants), rules, o));
  };
  for (const std::uint64_t kibibytes : {4u, 1024u, 65536u})
    add(fmt::format("pool_pair_{}k", kibibytes), fmt::format("pool alloc+free of {} KiB", kibibytes), kibibytes << 10,
        {{"cuda", 20}}, own_pool);
  add("buffer_pair_1024k", "buffer of 1024 KiB made and released on a queue", 1 << 20, {}, own_buffers);
  return rows;
}

} // namespace dotcompute::benchmark
