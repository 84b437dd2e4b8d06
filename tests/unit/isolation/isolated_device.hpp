// SPDX-License-Identifier: MIT
// A device in a worker process, kernels that behave and kernels that do not.
#pragma once

#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace dotcompute::test {

using namespace std::chrono_literals;

inline constexpr const char* source = R"(
kernel void add_one(global int* x) { x[get_global_id(0)] += 1; }
kernel void twice(global const int* x, global int* y) { y[get_global_id(0)] = 2 * x[get_global_id(0)]; }
kernel void wild(global int* x, ulong where) { ((global int*)((ulong)x + where))[get_global_id(0)] = 7; }
kernel void spin(global volatile int* x) { while (x[0] != 12345) {} }
kernel void scribble(global volatile int* x) { while (x[0] != 12345) x[1] += 1; }
kernel void busy(global int* x) { int s = x[0]; for (int i = 0; i < 300000; ++i) s = s * 1664525 + 1013904223; x[0] = s; }
)";

/// DOTCOMPUTE_TEST_DEVICE says which; the processors by default.
inline std::string device_id() {
  const char* const given = std::getenv("DOTCOMPUTE_TEST_DEVICE");
  return given && *given ? given : "cpu:0";
}

/// OpenCL's drivers need not be on a machine.
class opencl_device_is_there : public ::testing::Environment {
  void SetUp() override {
    if (!device_id().starts_with("opencl")) return;
    for (const device_info& d : devices())
      if (d.id == device_id()) return;
    GTEST_SKIP() << "there is no " << device_id();
  }
};
inline ::testing::Environment* const needed = ::testing::AddGlobalTestEnvironment(new opencl_device_is_there);

class isolated_device : public ::testing::Test {
 protected:
  static open_options options() {
    open_options o;
    o.isolation = isolation::process;
    o.default_wait = 30s;
    return o;
  }
  explicit isolated_device(const std::string& id = device_id(), const open_options& how = options(),
                           const char* text = source)
      : dev(device::open(id, how)), kernels(program::compile(dev, text)) {}
  bool is_cpu() const { return dev.id().starts_with("cpu"); }
  /// What a kernel that reads or writes where nothing is dies of.
  const char* wild_symptom() const {
    return dev.properties().backend == "cuda" ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "signal 11";
  }

  device dev;
  program kernels;
  buffer<int> x = filled(1 << 16, 3);

  buffer<int> filled(std::size_t n, int value) {
    buffer<int> b(dev, n);
    queue q(dev);
    q.fill(b, value);
    q.finish();
    return b;
  }
  std::vector<int> contents(const buffer<int>& b) {
    std::vector<int> v(b.size());
    queue q(dev);
    q.read(b, v);
    q.finish();
    return v;
  }
  /// What `call` throws.
  template <class Call>
  static error thrown_by(Call&& call) {
    try {
      call();
    } catch (const error& thrown) {
      return thrown;
    }
    ADD_FAILURE() << "nothing was thrown";
    return error(error_code::unknown, "");
  }
  static error failure(const event& e) {
    return thrown_by([&] { e.wait(); });
  }
};

} // namespace dotcompute::test
