// SPDX-License-Identifier: MIT
// Order within and between queues of a real GPU.
#include "gpu_fixture.hpp"

#include <numeric>

namespace dotcompute::hardware {
namespace {

constexpr const char* source = R"(
kernel void add(global int* values, int n) { values[get_global_id(0)] += n; }
kernel void spin(global float* value, int turns) {
  float x = value[0];
  for (int i = 0; i < turns; ++i) x = x * 0.999f + 0.5f;
  value[0] = x;
}
)";

} // namespace

using Queues = opened_gpu;

TEST_F(Queues, CommandsOfOneQueueRunInOrder) {
  const auto built = program::compile(opened(), source);
  const auto add = built.kernel("add");
  queue commands(opened());
  const std::size_t n = 1 << 16;
  const buffer<int> values(opened(), n);
  commands.fill(values, 5);
  for (int i = 0; i < 200; ++i)
    commands.launch(add, n, values, i);
  std::vector<int> result(n);
  commands.read(values, result).wait();
  EXPECT_EQ(std::count(result.begin(), result.end(), 5 + 199 * 200 / 2), static_cast<std::ptrdiff_t>(n));
}

TEST_F(Queues, AQueueWaitsForAnother) {
  const auto built = program::compile(opened(), source);
  const auto add = built.kernel("add"), spin = built.kernel("spin");
  queue first(opened()), second(opened());
  const std::size_t n = 1 << 16;
  const buffer<int> values(opened(), n);
  const buffer<float> number(opened(), 1);
  for (int round = 0; round < 20; ++round) {
    first.launch(spin, 1, number, 200000);
    const auto filled = first.fill(values, round);
    second.wait(filled);
    second.launch(add, n, values, 1);
    std::vector<int> result(n);
    second.read(values, result).wait();
    ASSERT_EQ(std::count(result.begin(), result.end(), round + 1), static_cast<std::ptrdiff_t>(n)) << round;
  }
}

TEST_F(Queues, ADeviceWaitsForTheProcessorAndBack) {
  const auto processor = device::open("cpu");
  const auto on_gpu = program::compile(opened(), source), on_cpu = program::compile(processor, source);
  queue gpu_queue(opened()), cpu_queue(processor);
  const std::size_t n = 1 << 14;
  const buffer<int> there(opened(), n), here(processor, n);
  std::vector<int> between(n);
  for (int round = 0; round < 10; ++round) {
    gpu_queue.launch(on_gpu.kernel("add"), n, there, 1);
    cpu_queue.wait(gpu_queue.read(there, between));
    cpu_queue.write(here, std::span<const int>(between));
    const auto done = cpu_queue.launch(on_cpu.kernel("add"), n, here, 10);
    gpu_queue.wait(done);
    const auto read = cpu_queue.read(here, between);
    gpu_queue.wait(read);
    gpu_queue.write(there, std::span<const int>(between)).wait();
  }
  EXPECT_EQ(between, std::vector<int>(n, 110));
}

} // namespace dotcompute::hardware
