// SPDX-License-Identifier: MIT
// Workers that have too little: memory, descriptors, stack.
#include "recovery_matrix.hpp"

#include <sys/resource.h>

namespace dotcompute::test {
namespace {

// What a worker may not have any more is an error of the call that needs it; what is there already goes on, and a
// worker that comes after has what it needs.
class scarce : public recovery_matrix, public ::testing::WithParamInterface<__rlimit_resource> {};

TEST_P(scarce, in_the_worker) {
  const bool is_memory = GetParam() == RLIMIT_AS;
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
