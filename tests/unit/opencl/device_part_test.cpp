// SPDX-License-Identifier: MIT
// Parts of a device on PoCL, which splits equally and by counts.
#include "drivers/opencl/device_part.hpp"
#include "opencl_fixture.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <unistd.h>

namespace dotcompute::opencl::test {
namespace {

error_code code_of(const std::function<void()>& call, std::string* text = nullptr) {
  try {
    call();
  } catch (const error& e) {
    if (text) *text = e.what();
    return e.code();
  }
  return error_code{};
}

TEST(device_part_names, SayHowItIsSplitAndWhichPart) {
  const device_part equally = parse_part("equally:4/1", "opencl:0");
  EXPECT_EQ(equally.how, device_part::way::equally);
  EXPECT_EQ(equally.units, std::vector<std::uint32_t>{4});
  EXPECT_EQ(equally.index, 1u);
  const device_part counts = parse_part("counts:3,1,12/2", "opencl:0");
  EXPECT_EQ(counts.how, device_part::way::by_counts);
  EXPECT_EQ(counts.units, (std::vector<std::uint32_t>{3, 1, 12}));
  EXPECT_EQ(counts.index, 2u);
  const device_part numa = parse_part("numa/3", "opencl:0");
  EXPECT_EQ(numa.how, device_part::way::by_affinity);
  EXPECT_EQ(numa.domain, affinity_domain_numa);
  EXPECT_EQ(parse_part("l2/0", "opencl:0").domain, affinity_domain_l2_cache);
}

TEST(device_part_names, AnythingElseIsRefusedWithTheForms) {
  for (const char* wrong : {"",
                            "/",
                            "0",
                            "equally",
                            "equally/0",
                            "equally:/0",
                            "equally:0/0",
                            "equally:1,1/0",
                            "equally:1",
                            "equally:1/",
                            "equally:1/-1",
                            "equally:1/1x",
                            "equally:99999999999/0",
                            "counts:/0",
                            "counts:1,/0",
                            "counts:,1/0",
                            "counts:1,,1/0",
                            "counts:1 /0",
                            "numa",
                            "numa:1/0",
                            "l5/0",
                            "socket/0",
                            "equally:1/0/0"}) {
    std::string text;
    EXPECT_EQ(code_of([&] { parse_part(wrong, "opencl:0"); }, &text), error_code::invalid_argument) << wrong;
    EXPECT_NE(text.find("equally:UNITS/INDEX"), std::string::npos) << text;
  }
}

struct device_part_test : testing::Test {
  void SetUp() override {
    use_failing_loader();
    if (!has_device()) GTEST_SKIP() << "there is no OpenCL device";
    units = open(0, {})->properties().compute_units.value_or(0);
    if (units < 2) GTEST_SKIP() << "the device has one compute unit";
  }
  void TearDown() override { EXPECT_EQ(failingOpenCLCounts().parts, 0u); }

  std::uint32_t units = 0;
  const own_cache cache;
};

/// Processor time of each thread of this process, in clock ticks.
std::map<std::string, std::uint64_t> thread_times() {
  std::map<std::string, std::uint64_t> times;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "stat");
    std::string line;
    std::getline(file, line);
    std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
      fields >> skipped;
    std::uint64_t user = 0;
    fields >> user;
    times[task.path().filename()] = user;
  }
  return times;
}

/// Of a kernel that computes for as long, with work for every unit of the device: the share of the busiest thread.
double share_of_busiest(drivers::driver& device) {
  const compiled text("kernel void axpy(global float* y, global const float* x, float a) {\n"
                      "  float sum = x[get_global_id(0)];\n"
                      "  for (int i = 0; i < 200000; ++i) sum = sum * a + 1.0f;\n"
                      "  y[get_global_id(0)] = sum; }\n"
                      "kernel void reverse(global uint* data, local uint* group, local uint* more) {}");
  const auto program = device.load(text.image);
  const auto stream = device.create_stream({});
  const auto memory = device.create_segment(buffer_kind::device_local, 1 << 20);
  const auto arguments = block(memory->address, memory->address + 4096, 0.5f);
  const auto run = [&](std::uint64_t number) {
    stream->submit(number, launch(*program, axpy, arguments, 1024, 16));
    EXPECT_TRUE(reach(*stream, number, std::chrono::seconds(60)));
  };
  run(1); // compiles
  const auto before = thread_times();
  for (std::uint64_t number = 2; number < 6; ++number)
    run(number);
  const std::string self = std::to_string(::gettid());
  std::uint64_t most = 0, all = 0;
  for (const auto& [thread, time] : thread_times()) {
    if (thread == self) continue;
    const auto earlier = before.find(thread);
    const std::uint64_t spent = time - (earlier == before.end() ? 0 : earlier->second);
    most = std::max(most, spent);
    all += spent;
  }
  EXPECT_GT(all, 20u) << "too little to tell";
  return static_cast<double>(most) / static_cast<double>(std::max<std::uint64_t>(all, 1));
}

TEST_F(device_part_test, APartHasItsUnitsAndNoOthers) {
  const auto one = open(0, {}, "equally:1/1");
  EXPECT_EQ(one->properties().compute_units, 1u);
  EXPECT_GT(share_of_busiest(*one), 0.9);
  EXPECT_LT(share_of_busiest(*open(0, {})), 0.8);
}

TEST_F(device_part_test, PartsComputeBesideEachOther) {
  const compiled text;
  const auto first = open(0, {}, "counts:1,1/0"), second = open(0, {}, "counts:1,1/1");
  for (drivers::driver* const device : {first.get(), second.get()}) {
    EXPECT_EQ(device->properties().compute_units, 1u);
    const auto program = device->load(text.image);
    const auto stream = device->create_stream({});
    const auto memory = device->create_segment(buffer_kind::device_local, 1 << 20);
    std::vector<float> x(1000, 3), y(1000, 0);
    stream->submit(1, drivers::copy_command{memory->address, x.data(), 4000});
    stream->submit(2, launch(*program, axpy, block(memory->address + 4096, memory->address, 2.0f), 1000));
    stream->submit(3, drivers::copy_command{y.data(), memory->address + 4096, 4000});
    ASSERT_TRUE(reach(*stream, 3));
    EXPECT_EQ(y, std::vector<float>(1000, 6));
  }
}

TEST_F(device_part_test, WhatTheDeviceDoesNotHaveIsATypedError) {
  std::string text;
  EXPECT_EQ(code_of([&] { open(0, {}, "counts:1,1/2"); }, &text), error_code::device_not_found);
  EXPECT_NE(text.find("splits into 2"), std::string::npos) << text;
  EXPECT_EQ(code_of([&] { open(0, {}, "counts:" + std::to_string(units) + ",1/0"); }, &text),
            error_code::limit_exceeded);
  EXPECT_NE(text.find("the device has " + std::to_string(units)), std::string::npos) << text;
  EXPECT_EQ(code_of([&] { open(0, {}, "equally:1000000/0"); }), error_code::limit_exceeded);
  EXPECT_EQ(code_of([&] { open(0, {}, "l1/0"); }, &text), error_code::unsupported);
  EXPECT_NE(text.find("equally, counts"), std::string::npos) << text;
  EXPECT_NE(text.find("opencl:0/l1/0"), std::string::npos) << text;
}

TEST_F(device_part_test, ADriverThatSplitsItNotAfterAllIsATypedError) {
  failingOpenCLScript("clCreateSubDevices", 2, -18, false); // the first call asks how many there would be
  EXPECT_EQ(code_of([&] { open(0, {}, "equally:1/0"); }), error_code::unsupported);
  failingOpenCLScript("clCreateSubDevices", 1, -6, false);
  EXPECT_EQ(code_of([&] { open(0, {}, "equally:1/0"); }), error_code::out_of_memory);
}

} // namespace
} // namespace dotcompute::opencl::test
