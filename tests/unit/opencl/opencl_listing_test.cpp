// SPDX-License-Identifier: MIT
// OpenCL devices as the library shows them, whatever their drivers do meanwhile.
#include "isolation/list_devices.hpp"
#include "support/sanitized.hpp"

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace dotcompute {
namespace {

struct opencl_listing : testing::Test {
  void TearDown() override {
    ::unsetenv("DOTCOMPUTE_LIBOPENCL");
    ::unsetenv("OCL_ICD_VENDORS");
    ::unsetenv("FAILING_OPENCL_DEVICE_TYPE");
  }
};

const device_info* find(const std::vector<device_info>& all, const std::string& id) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const device_info& d) { return d.id == id; });
  return found == all.end() ? nullptr : &*found;
}

TEST_F(opencl_listing, PoclIsTheProcessorsAndSaysThatTheyAreBetterDrivenHere) {
  const auto all = devices();
  const device_info* const pocl = find(all, "opencl:0");
  if (!pocl) GTEST_SKIP() << "there is no OpenCL device";
  EXPECT_EQ(pocl->properties.backend, "opencl");
  EXPECT_EQ(pocl->better_as, "cpu:0");
  EXPECT_FALSE(pocl->better_because.empty());
  ASSERT_NE(find(all, "cpu:0"), nullptr);
  EXPECT_TRUE(find(all, "cpu:0")->better_as.empty());
  EXPECT_GT(pocl, find(all, "cpu:0"));
  std::ifstream maps("/proc/self/maps");
  std::ostringstream text;
  text << maps.rdbuf();
  EXPECT_EQ(text.str().find("libOpenCL"), std::string::npos) << "a driver was loaded into this process";
}

TEST_F(opencl_listing, BestIsAGpuThatNothingElseDrives) {
  const auto all = devices();
  if (!find(all, "opencl:0")) GTEST_SKIP() << "there is no OpenCL device";
  if (find(all, "cuda:0")) GTEST_SKIP() << "there is a GPU with a driver here";
  EXPECT_EQ(device::open("best").id(), "cpu:0");
  ::setenv("DOTCOMPUTE_LIBOPENCL", FAILING_LOADER, 1);
  EXPECT_EQ(device::open("best").id(), "cpu:0") << "the processors through another driver";
  ::setenv("FAILING_OPENCL_DEVICE_TYPE", "4", 1); // CL_DEVICE_TYPE_GPU
  const auto with_gpu = devices();
  ASSERT_EQ(with_gpu.front().id, "opencl:0");
  EXPECT_EQ(with_gpu.front().properties.type.value_or(""), "gpu");
  EXPECT_EQ(with_gpu.at(1).id, "cpu:0");
  const device gpu = device::open("best");
  EXPECT_EQ(gpu.id(), "opencl:0");
  EXPECT_EQ(gpu.threads(), 0u);
  open_options isolated;
  isolated.isolation = isolation::process;
  isolated.spares = 0;
  EXPECT_EQ(device::open("best", isolated).id(), "cpu:0") << "a GPU of an OpenCL driver has no worker process";
  ::setenv("FAILING_OPENCL_DEVICE_TYPE", "8", 1); // CL_DEVICE_TYPE_ACCELERATOR
  EXPECT_EQ(find(devices(), "opencl:0")->properties.type.value_or(""), "accelerator");
  EXPECT_EQ(device::open("best").id(), "cpu:0");
}

TEST_F(opencl_listing, ADriverThatCrashesHidesItsDevicesOnly) {
  ::setenv("DOTCOMPUTE_LIBOPENCL", CRASHING_LOADER, 1);
  const auto listing = isolated::list_opencl_devices();
  EXPECT_TRUE(listing.devices.empty());
  EXPECT_NE(listing.why_none.find("signal 6"), std::string::npos) << listing.why_none;
  EXPECT_NE(find(devices(), "cpu:0"), nullptr);
}

TEST_F(opencl_listing, WithoutDriversItSaysWhatWasLookedFor) {
  ::setenv("DOTCOMPUTE_LIBOPENCL", "/nonexistent/libOpenCL.so.1", 1);
  const auto listing = isolated::list_opencl_devices();
  EXPECT_TRUE(listing.devices.empty());
  EXPECT_NE(listing.why_none.find("/nonexistent/libOpenCL.so.1"), std::string::npos) << listing.why_none;
}

TEST_F(opencl_listing, ADeviceThatIsNotThereIsNotOpened) {
  for (const isolation how : {isolation::none, isolation::process}) {
    open_options options;
    options.isolation = how;
    options.spares = 0;
    try {
      device::open("opencl:77", options);
      FAIL() << "it was opened";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::device_not_found) << e.what();
      EXPECT_EQ(e.device(), "opencl:77");
    }
  }
}

TEST_F(opencl_listing, AWorkerIsConfinedOnceItsDriverIsOpenAndStillCompiles) {
  if (is_sanitized) GTEST_SKIP() << "not confined under a sanitizer";
  if (!find(devices(), "opencl:0")) GTEST_SKIP() << "there is no OpenCL device";
  open_options options;
  options.isolation = isolation::process;
  const device dev = device::open("opencl:0", options);
  std::ifstream file("/proc/" + std::to_string(dev.worker_process().value()) + "/status");
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find("Seccomp:\t2"), std::string::npos) << text.str();
  EXPECT_NE(text.str().find("NoNewPrivs:\t1"), std::string::npos) << text.str();
  // A text that no cache has.
  const program p = program::compile(
      dev, "kernel void k(global int* x) { x[get_global_id(0)] = " + std::to_string(::getpid()) + "; }");
  queue q(dev);
  const buffer<int> x(dev, 64);
  q.launch(p.kernel("k"), {64}, x).wait();
  std::vector<int> result(64);
  q.read(x, result).wait();
  EXPECT_EQ(result, std::vector<int>(64, ::getpid()));
}

TEST_F(opencl_listing, APartIsADeviceWithAndWithoutAWorker) {
  const auto all = devices();
  const device_info* const whole = find(all, "opencl:0");
  if (!whole || whole->properties.compute_units.value_or(0) < 2) GTEST_SKIP() << "there is no OpenCL device to split";
  for (const isolation how : {isolation::process, isolation::none}) {
    open_options options;
    options.isolation = how;
    const device part = device::open("opencl:0/counts:1,1/1", options);
    EXPECT_EQ(part.id(), "opencl:0/counts:1,1/1");
    EXPECT_EQ(part.properties().compute_units, 1u);
    const program p =
        program::compile(part, "kernel void ids(global int* x) { x[get_global_id(0)] = get_global_id(0); }");
    queue q(part);
    const buffer<int> x(part, 1000);
    q.launch(p.kernel("ids"), {1000}, x).wait();
    std::vector<int> result(1000);
    q.read(x, result).wait();
    for (int i = 0; i < 1000; ++i)
      ASSERT_EQ(result[i], i);
    const auto refused = [&](const char* id, error_code expected) {
      try {
        device::open(id, options);
        ADD_FAILURE() << id << " was opened";
      } catch (const error& e) {
        EXPECT_EQ(e.code(), expected) << e.what();
        EXPECT_NE(std::string(e.what()).find(id), std::string::npos) << e.what();
      }
    };
    refused("opencl:0/counts:1,1/2", error_code::device_not_found);
    refused("opencl:0/counts:1000000/0", error_code::limit_exceeded);
    refused("opencl:0/l1/0", error_code::unsupported);
    refused("opencl:0/half", error_code::invalid_argument);
    refused("opencl:0/", error_code::device_not_found);
    refused("cpu:0/equally:1/0", error_code::device_not_found);
  }
}

TEST_F(opencl_listing, OneProgramRunsWithAndWithoutAWorker) {
  if (!find(devices(), "opencl:0")) GTEST_SKIP() << "there is no OpenCL device";
  for (const auto asked :
       {known<isolation>(isolation::process), known<isolation>(isolation::none), known<isolation>()}) {
    open_options options;
    options.isolation = asked;
    const device dev = device::open("opencl:0", options);
    const program p = program::compile(dev, "kernel void twice(global const int* x, global int* y) {"
                                            "  y[get_global_id(0)] = 2 * x[get_global_id(0)]; }");
    queue q(dev);
    const buffer<int> x(dev, 1000), y(dev, 1000);
    q.fill(x, 21);
    q.launch(p.kernel("twice"), {1000}, x, y).wait();
    std::vector<int> result(1000);
    q.read(y, result).wait();
    EXPECT_EQ(result, std::vector<int>(1000, 42));
    EXPECT_EQ(dev.isolation(), asked.value_or(isolation::none)) << "few of these devices can be isolated";
  }
}

} // namespace
} // namespace dotcompute
