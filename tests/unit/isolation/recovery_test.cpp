// SPDX-License-Identifier: MIT
// A device in a worker process: it computes, its faults are named, its memory is kept.
#include <dotcompute/dotcompute.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <numeric>
#include <string>
#include <sys/types.h>
#include <vector>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* source = R"(
kernel void add_one(global int* x) { x[get_global_id(0)] += 1; }
kernel void twice(global const int* x, global int* y) { y[get_global_id(0)] = 2 * x[get_global_id(0)]; }
kernel void wild(global int* x, ulong where) { ((global int*)((ulong)x + where))[get_global_id(0)] = 7; }
kernel void read_null(global int* x) { x[0] = *(global int*)(ulong)(x[0] * 0); }
kernel void spin(global volatile int* x) { while (x[0] != 12345) {} }
kernel void divide(global int* x, int by) { x[0] = 100 / by; }
)";

class recovery : public ::testing::Test {
 protected:
  static open_options options() {
    open_options o;
    o.isolation = isolation::process;
    o.default_wait = 30s;
    return o;
  }
  device dev = device::open("cpu:0", options());
  program kernels = program::compile(dev, source);
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
  static error failure(const event& e) {
    try {
      e.wait();
    } catch (const error& thrown) {
      return thrown;
    }
    ADD_FAILURE() << "nothing was thrown";
    return error(error_code::unknown, "");
  }
};

TEST_F(recovery, a_worker_computes) {
  queue q(dev);
  for (int i = 0; i < 100; ++i)
    q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 103));
  EXPECT_EQ(dev.isolation(), isolation::process);
  EXPECT_NE(*dev.worker_process(), ::getpid());
  EXPECT_EQ(dev.recovery_count(), 0u);
}

TEST_F(recovery, a_crash_is_named_and_everything_else_is_kept) {
  const buffer<int> other = filled(1 << 16, 5);
  queue q(dev, {.name = "bad"}), well(dev, {.name = "well"});
  const event crash = q.launch(kernels.kernel("wild"), {4}, x, std::uint64_t{1} << 44);
  const event after = q.launch(kernels.kernel("add_one"), {x.size()}, x);
  const error e = failure(crash);
  EXPECT_EQ(e.code(), error_code::kernel_crashed) << e.what();
  EXPECT_NE(e.message().find("kernel 'wild'"), std::string::npos) << e.what();
  EXPECT_NE(e.message().find("signal 11"), std::string::npos) << e.what();
  EXPECT_EQ(failure(after).code(), error_code::earlier_command_failed);
  EXPECT_THROW(q.finish(), error);
  ASSERT_TRUE(dev.await_recoveries(1, 10s));
  EXPECT_EQ(dev.generation(), 2u);

  well.launch(kernels.kernel("add_one"), {other.size()}, other);
  well.finish();
  EXPECT_EQ(contents(other), std::vector<int>(other.size(), 6));
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 4));

  const recovery_report r = dev.recoveries().front();
  EXPECT_EQ(r.cause, recovery_cause::kernel_crashed);
  ASSERT_EQ(r.failed.size(), 1u);
  EXPECT_TRUE(r.failed[0].is_culprit);
  EXPECT_EQ(r.failed[0].queue, "bad");
  EXPECT_GE(r.bytes_suspect, x.size() * sizeof(int));
}

TEST_F(recovery, a_hung_kernel_is_stopped_at_its_limit) {
  queue q(dev, {.name = "slow", .time_limit = 200ms});
  const auto began = std::chrono::steady_clock::now();
  const error e = failure(q.launch(kernels.kernel("spin"), {1}, x));
  EXPECT_EQ(e.code(), error_code::kernel_hung) << e.what();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_THROW(q.finish(), error);
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 4));
}

TEST_F(recovery, a_killed_worker_is_replaced_and_queued_work_still_runs) {
  queue q(dev);
  for (int round = 1; round <= 20; ++round) {
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    q.launch(kernels.kernel("twice"), {x.size()}, x, x);
    try {
      q.finish();
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::interrupted) << e.what();
    }
    ASSERT_TRUE(dev.await_recoveries(static_cast<std::uint64_t>(round), 10s)) << round;
  }
  EXPECT_EQ(dev.generation(), 21u);
}

} // namespace
} // namespace dotcompute::test
