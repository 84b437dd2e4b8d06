// SPDX-License-Identifier: MIT
// Kernels that break the GPU's context: the device says at once and for ever that it is lost, and the processor's
// device goes on. Each in a process of its own, because no context of a process survives them.
#include "gpu_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>

namespace dotcompute::hardware {
namespace {

using namespace std::chrono_literals;

constexpr const char* source = R"(
kernel void illegal_address(global int* values) { values[1l << 40] = 1; }
kernel void misaligned(global int* values) { *(global int*)((global char*)values + 1 + get_global_id(0) * 0) = 1; }
kernel void beyond_local(global int* values, local int* words, int index) {
  words[index + get_local_id(0)] = 1;
  barrier(CLK_LOCAL_MEM_FENCE);
  values[get_global_id(0)] = words[index + get_local_id(0)];
}
kernel void add(global int* values, int n) { values[get_global_id(0)] += n; }
)";

/// Says what is wrong and returns how many things were.
class judge {
 public:
  void expect(bool good, const std::string& what) {
    if (good) return;
    std::fprintf(stderr, "wrong: %s\n", what.c_str());
    ++wrong_;
  }

  /// `call` must throw an error that says the device is lost, within a second.
  void expect_lost(const char* name, const std::function<void()>& call) {
    const auto begin = std::chrono::steady_clock::now();
    try {
      call();
      expect(false, std::string(name) + " answered as if the device were well");
    } catch (const error& e) {
      expect(e.kind() == error_class::device_lost, std::string(name) + ": " + e.what());
    }
    const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    expect(took < 1, std::string(name) + " took " + std::to_string(took) + " s to say so");
  }

  int wrong() const { return wrong_; }

 private:
  int wrong_ = 0;
};

void expect_processor_well(judge& j) {
  const auto processor = device::open("cpu");
  const auto built = program::compile(processor, "kernel void add(global int* v, int n) { v[get_global_id(0)] += n; }");
  const buffer<int> values(processor, 1000);
  queue commands(processor);
  commands.launch(built.kernel("add"), 1000, values, 7);
  std::vector<int> result(1000);
  commands.read(values, result).wait();
  j.expect(std::count(result.begin(), result.end(), 7) == 1000, "the processor's device computes wrong results");
}

} // namespace

int faults_child(const std::string& fault) {
  judge j;
  open_options options;
  options.default_wait = 20s;
  options.isolation = isolation::none;
  const auto gpu = device::open(selector, options);
  const auto built = program::compile(gpu, source);
  const auto add = built.kernel("add");
  const buffer<int> values(gpu, 1024), more(gpu, 1024);
  queue commands(gpu), other(gpu);
  std::vector<int> host(1024);
  commands.launch(add, 1024, values, 3);
  commands.read(values, host).wait();
  j.expect(std::count(host.begin(), host.end(), 3) == 1024, "the device computed wrong results before the fault");

  const auto begin = std::chrono::steady_clock::now();
  try {
    event broken;
    if (fault == "beyond_local")
      broken = commands.launch(built.kernel(fault), nd_range(32).local(32), values, local_memory{128}, 1 << 28);
    else
      broken = commands.launch(built.kernel(fault), 32, values);
    broken.wait();
    j.expect(false, "waiting for the broken kernel did not throw");
  } catch (const error& e) {
    j.expect(e.kind() == error_class::device_lost || e.kind() == error_class::fatal,
             std::string("the fault: ") + e.what());
    j.expect(e.device() == gpu.id(), "the error names the device '" + e.device() + "'");
    std::printf("%s: said after %.0f ms: %s\n", fault.c_str(),
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count(), e.what());
  }

  for (int round = 0; round < 2; ++round) {
    j.expect_lost("launch", [&] { commands.launch(add, 1024, values, 1).wait(); });
    j.expect_lost("launch on another queue", [&] { other.launch(add, 1024, more, 1).wait(); });
    j.expect_lost("read", [&] { other.read(more, host).wait(); });
    j.expect_lost("write", [&] { other.write(more, std::span<const int>(host)).wait(); });
    j.expect_lost("fill", [&] { other.fill(more, 1).wait(); });
    j.expect_lost("copy", [&] { other.copy(more, values).wait(); });
    j.expect_lost("marker", [&] { other.marker().wait(); });
    j.expect_lost("a new queue", [&] { queue(gpu).marker().wait(); });
    j.expect_lost("a new buffer", [&] { const buffer<int> fresh(gpu, 100000); });
    j.expect_lost("a new program", [&] {
      const auto late = program::compile(gpu, "kernel void late(global int* v) { v[0] = 1; }");
      queue(gpu).launch(late.kernel("late"), 1, more).wait();
    });
    expect_processor_well(j);
  }
  return j.wrong() == 0 ? 0 : 1;
}

class Fault : public gpu, public testing::WithParamInterface<const char*> {};

TEST_P(Fault, IsSaidAtOnceAndForEver) {
  try {
    const auto said = run_child({"fault", GetParam()});
    std::fputs(said.c_str(), stdout);
    EXPECT_FALSE(said.empty());
  } catch (const std::exception& e) {
    ADD_FAILURE() << e.what();
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, Fault, testing::Values("illegal_address", "misaligned", "beyond_local"),
                         [](const auto& i) { return std::string(i.param); });

} // namespace dotcompute::hardware
