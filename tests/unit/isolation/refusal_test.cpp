// SPDX-License-Identifier: MIT
// Kernels that keep bringing workers down are refused, by content, until they are pardoned.
#include "isolated_device.hpp"

#include <atomic>

namespace dotcompute::test {
namespace {

class refusal : public isolated_device {
 protected:
  /// Brings the worker down, and waits until the device goes on.
  error fail_once(const device& d, const program& p) {
    const std::uint64_t before = d.recovery_count();
    queue q(d);
    const buffer<int> b(d, 16);
    const error e = failure(q.launch(p.kernel("wild"), {1}, b, std::uint64_t{1} << 44));
    EXPECT_TRUE(d.await_recoveries(before + 1, 20s));
    return e;
  }
  static error launch_error(const device& d, const program& p) {
    queue q(d);
    const buffer<int> b(d, 16);
    return thrown_by([&] { q.launch(p.kernel("wild"), {1}, b, std::uint64_t{0}); });
  }
};

TEST_F(refusal, after_three_faults_and_until_pardoned) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(fail_once(dev, kernels).code(), error_code::kernel_crashed) << i;
  const error e = launch_error(dev, kernels);
  EXPECT_EQ(e.code(), error_code::kernel_refused) << e.what();
  EXPECT_EQ(e.kind(), error_class::programmer);
  EXPECT_NE(e.message().find("kernel 'wild'"), std::string::npos) << e.what();
  const std::string content = kernels.kernel("wild").content_id();
  EXPECT_NE(e.remedy().find(content), std::string::npos) << e.what();
  // Compiled again it is the same kernel; others of its program are not.
  EXPECT_EQ(launch_error(dev, program::compile(dev, source)).code(), error_code::kernel_refused);
  queue q(dev);
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  const auto all = dev.refused_kernels();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].content, content);
  EXPECT_EQ(all[0].faults, 3u);
  EXPECT_NE(all[0].what.find("wild"), std::string::npos);
  EXPECT_FALSE(all[0].symptom.empty());

  EXPECT_TRUE(dev.pardon(content));
  EXPECT_FALSE(dev.pardon(content));
  EXPECT_TRUE(dev.refused_kernels().empty());
  EXPECT_EQ(fail_once(dev, kernels).code(), error_code::kernel_crashed);
}

TEST_F(refusal, what_is_queued_of_it_fails_too) {
  if (!is_cpu()) GTEST_SKIP() << "a GPU has the whole queue before the fault";
  fail_once(dev, kernels);
  fail_once(dev, kernels);
  // Nothing begins before the gate ends, and the second queue waits for what stands behind the crash on the first.
  queue gate(dev), first(dev, {.on_failure = after_failure::go_on}), second(dev);
  const auto closed = buffer<int>::host_shared(dev, 1);
  const buffer<int> y = filled(1, 1);
  first.wait(gate.launch(kernels.kernel("spin"), {1}, closed));
  const event crash = first.launch(kernels.kernel("wild"), {1}, x, std::uint64_t{1} << 44);
  second.wait(first.marker());
  const event queued = second.launch(kernels.kernel("wild"), {1}, y, std::uint64_t{1} << 44);
  std::atomic_ref(closed.span()[0]).store(12345);
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_EQ(failure(queued).code(), error_code::kernel_refused);
  EXPECT_EQ(dev.recovery_count(), 3u);
}

TEST_F(refusal, never_when_switched_off) {
  open_options o = options();
  o.refuse_after = 0;
  const device lenient = device::open(device_id(), o);
  const program p = program::compile(lenient, source);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(fail_once(lenient, p).code(), error_code::kernel_crashed) << i;
  EXPECT_TRUE(lenient.refused_kernels().empty());
}

TEST_F(refusal, at_the_first_fault_when_so_set_and_for_its_device_only) {
  open_options o = options();
  o.refuse_after = 1;
  const device strict = device::open(device_id(), o);
  const program p = program::compile(strict, source);
  EXPECT_EQ(fail_once(strict, p).code(), error_code::kernel_crashed);
  EXPECT_EQ(launch_error(strict, p).code(), error_code::kernel_refused);
  EXPECT_EQ(fail_once(dev, kernels).code(), error_code::kernel_crashed);
}

TEST_F(refusal, old_faults_are_forgotten) {
  open_options o = options();
  o.refuse_within = 1ms;
  const device d = device::open(device_id(), o);
  const program p = program::compile(d, source);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(fail_once(d, p).code(), error_code::kernel_crashed) << i;
    std::this_thread::sleep_for(5ms);
  }
}

TEST_F(refusal, wrong_requests) {
  for (const char* const wrong : {"", "wild", "0123456789abcdef0123456789abcdeg", "0123456789abcdef0123456789abcdef0"})
    EXPECT_EQ(thrown_by([&] { dev.pardon(wrong); }).code(), error_code::invalid_argument) << wrong;
  EXPECT_FALSE(dev.pardon(kernels.kernel("wild").content_id()));
  EXPECT_NE(kernels.kernel("wild").content_id(), kernels.kernel("spin").content_id());
  open_options o = options();
  o.refuse_within = 0s;
  EXPECT_EQ(thrown_by([&] { (void)device::open(device_id(), o); }).code(), error_code::invalid_argument);
  EXPECT_EQ(thrown_by([&] { (void)kernel().content_id(); }).code(), error_code::invalid_handle);
}

} // namespace
} // namespace dotcompute::test
