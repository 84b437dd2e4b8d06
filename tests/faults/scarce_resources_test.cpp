// SPDX-License-Identifier: MIT
// Workers that have too little: memory, descriptors, stack.
#include "recovery_matrix.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::test {
namespace {

// What a worker may not have any more is an error of the call that needs it; what is there already goes on, and a
// worker that comes after has what it needs.
class scarce : public recovery_matrix, public ::testing::WithParamInterface<__rlimit_resource> {};

TEST_P(scarce, in_the_worker) {
  const bool is_memory = GetParam() == RLIMIT_AS;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (is_memory) GTEST_SKIP() << "a sanitizer's address space cannot be limited";
#endif
  constexpr std::size_t bytes = 256 << 20; // more than the pool has at hand
  const auto need = [&](const device& d) {
    const buffer<std::byte> large(d, bytes);
    queue more(d);
    more.fill(large, std::byte{1});
    more.finish();
  };
  for (int round = 1; round <= 2; ++round) {
    queue q(dev);
    rlimit limits{};
    ASSERT_EQ(::prlimit(worker(), GetParam(), nullptr, &limits), 0);
    limits.rlim_cur = is_memory ? 1 << 20 : 3;
    ASSERT_EQ(::prlimit(worker(), GetParam(), &limits, nullptr), 0);
    const error e = thrown_by([&] { need(dev); });
    EXPECT_EQ(e.kind(), error_class::resource) << e.what();
    EXPECT_EQ(thrown_by([&] { const queue more(dev); }).code(),
              is_memory ? error_code::out_of_memory : error_code::out_of_handles);
    const auto add_one = [&](int to) {
      q.fill(victim, to);
      q.launch(kernels.kernel("add_one"), {items}, victim);
      q.finish();
      std::vector<int> found(items);
      q.read(victim, found);
      q.finish();
      EXPECT_EQ(found, std::vector<int>(items, to + 1));
    };
    add_one(3);
    const std::uint64_t before = dev.recovery_count();
    EXPECT_EQ(before, static_cast<std::uint64_t>(round - 1));
    ::kill(worker(), SIGKILL);
    ASSERT_TRUE(dev.await_recoveries(before + 1, 10s));
    add_one(7);
    expect_all(other, 5);
    EXPECT_NO_THROW(need(dev));
  }
}
INSTANTIATE_TEST_SUITE_P(limits, scarce, ::testing::Values(RLIMIT_AS, RLIMIT_NOFILE), [](const auto& p) {
  return p.param == RLIMIT_AS ? std::string("memory") : std::string("descriptors");
});

// The service's own, when a worker has to be replaced: the device waits until there are some again.
TEST_F(recovery_matrix, service_out_of_descriptors) {
  kill_workers();
  ASSERT_TRUE(dev.await_recoveries(1, 10s)); // and there is no spare yet
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  kill_workers();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_FALSE(dev.await_recoveries(2, 300ms));
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(dev.await_recoveries(2, 10s));
  expect_all(victim, 3);
}

// Nor is it lost when new workers end at once for a while.
TEST(workers, that_do_not_come_up_are_tried_again) {
  open_options o;
  o.isolation = isolation::process;
  o.default_wait = 20s;
  const std::string real =
      std::filesystem::read_symlink("/proc/" + std::to_string(*device::open("cpu:0", o).worker_process()) + "/exe");
  char folder[] = "/tmp/dotcompute-worker-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string broken = std::string(folder) + "/broken", script = std::string(folder) + "/worker";
  std::ofstream(script) << "#!/bin/sh\n[ -e " << broken << " ] && exit 1\nexec " << real << " \"$@\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  ::setenv("DOTCOMPUTE_WORKER", script.c_str(), 1);
  o.spares = 0;
  {
    const device d = device::open("cpu:0", o);
    const buffer<int> b(d, 1 << 10);
    queue q(d);
    q.fill(b, 5);
    q.finish();
    std::ofstream{broken};
    ::kill(static_cast<pid_t>(*d.worker_process()), SIGKILL);
    EXPECT_FALSE(d.await_recoveries(1, 200ms));
    std::filesystem::remove(broken);
    EXPECT_TRUE(d.await_recoveries(1, 10s));
    EXPECT_EQ(b.to_vector(), std::vector<int>(1 << 10, 5));
  }
  ::setenv("DOTCOMPUTE_WORKER", real.c_str(), 1);
  std::filesystem::remove_all(folder);
}

/// A kernel of `count` arrays of 256 ints, none of which fits registers; every x[i] becomes their sum.
std::string with_arrays(int count) {
  std::string arrays, writes, reads;
  for (int i = 0; i < count; ++i) {
    const std::string a = "a" + std::to_string(i);
    arrays += "int " + a + "[256]; ";
    writes += a + "[(i * 7 + in[0]) & 255] = i + " + std::to_string(i) + "; ";
    reads += "s += " + a + "[(i + in[1]) & 255]; ";
  }
  return "kernel void arrays(global const int* in, global int* x) { " + arrays + "for (int i = 0; i < 256; ++i) { " +
         writes + "} int s = 0; for (int i = 0; i < 256; ++i) { " + reads + "} x[get_global_id(0)] = s; }";
}
constexpr int sum_of_arrays(int count) {
  return 255 * 128 * count + 256 * (count * (count - 1) / 2);
}

// 600 KiB a work-item, and up to sixteen of them side by side: more than a thread's stack.
TEST_F(recovery_matrix, private_arrays_need_no_stack) {
  constexpr int count = 600;
  const program p = program::compile(dev, with_arrays(count).c_str());
  queue q(dev);
  q.launch(p.kernel("arrays"), {64}, other, victim);
  q.finish();
  std::vector<int> expected(items, 3);
  std::fill_n(expected.begin(), 64, sum_of_arrays(count));
  EXPECT_EQ(contents(victim), expected);
  EXPECT_EQ(dev.recovery_count(), 0u);
}

/// For processes that are started meanwhile, whose threads have stacks of this size.
struct small_stacks {
  rlimit before{};
  small_stacks() {
    EXPECT_EQ(::getrlimit(RLIMIT_STACK, &before), 0);
    const rlimit small{192 << 10, before.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_STACK, &small), 0);
  }
  ~small_stacks() { ::setrlimit(RLIMIT_STACK, &before); }
};
class stack_overflow : private small_stacks, public recovery_matrix {};

TEST_F(stack_overflow, in_every_state) {
  const program p = program::compile(dev, with_arrays(100).c_str()); // a frame of a quarter of a megabyte
  suffer_everywhere(recovery_cause::kernel_crashed, [&](queue& q) {
    const event e = q.launch(p.kernel("arrays"), {1}, other, victim);
    EXPECT_THROW(e.wait(), error);
  });
}

} // namespace
} // namespace dotcompute::test
