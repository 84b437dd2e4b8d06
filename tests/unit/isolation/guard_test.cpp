// SPDX-License-Identifier: MIT
// Guarded buffers: a change that no command of a buffer makes is found, one that a command makes is none.
#include "isolated_device.hpp"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <random>
#include <set>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace dotcompute::test {
namespace {

constexpr const char* strays = R"(
kernel void add_one(global int* x) { x[get_global_id(0)] += 1; }
kernel void twice(global const int* x, global int* y) { y[get_global_id(0)] = 2 * x[get_global_id(0)]; }
kernel void stray(global int* x, ulong distance, int value) { *(global int*)((ulong)x + distance) = value; }
kernel void stray_and_crash(global int* x, ulong distance) {
  *(global int*)((ulong)x + distance) = 7;
  mem_fence(CLK_GLOBAL_MEM_FENCE);
  *(global int*)((ulong)x + (1UL << 44)) = 7;
}
)";

class content_guard : public isolated_device {
 protected:
  static constexpr std::size_t n = 1 << 20; // 16 pieces of a checksum
  content_guard() : isolated_device(device_id(), options(), strays) {}

  buffer<int> tagged(std::string_view tag, int value, std::size_t size = n) {
    allocation_options o;
    o.tag = tag;
    buffer<int> b(dev, size, o);
    queue q(dev);
    q.fill(b, value).wait();
    return b;
  }
  static void await(const buffer<int>& b) {
    for (int i = 0; i < 5000 && !b.is_guarded(); ++i)
      std::this_thread::sleep_for(2ms);
    ASSERT_TRUE(b.is_guarded());
  }
  buffer<int> guarded(std::string_view tag, int value) {
    buffer<int> b = tagged(tag, value);
    b.guard();
    await(b);
    return b;
  }
  guard_report after_recovery(std::uint64_t count) {
    EXPECT_TRUE(dev.await_recoveries(count, 10s));
    for (int i = 0; i < 5000; ++i) {
      const auto all = dev.recoveries();
      if (all.size() >= count && all[count - 1].guard) return *all[count - 1].guard;
      std::this_thread::sleep_for(2ms);
    }
    ADD_FAILURE() << "the report of recovery " << count << " did not come";
    return {};
  }
  /// A kernel with `x` as its argument writes there.
  std::uint64_t distance_to(const buffer<int>& b, std::size_t element) const {
    return static_cast<std::uint64_t>(b.raw().device_address() - x.raw().device_address()) + element * sizeof(int);
  }
  void kill_worker() { ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL); }
};

TEST_F(content_guard, a_kernel_that_hits_another_buffer_before_it_crashes_is_found_out) {
  const buffer<int> weights = guarded("weights", 3), tables = guarded("tables", 4), scratch = tagged("scratch", 5);
  queue bad(dev, {.name = "bad"});
  const std::size_t hit = n - 70000; // in the last but one piece
  EXPECT_EQ(failure(bad.launch(kernels.kernel("stray_and_crash"), 1, x, distance_to(weights, hit))).code(),
            error_code::kernel_crashed);
  const guard_report found = after_recovery(1);
  EXPECT_EQ(found.buffers_verified, 1u);
  EXPECT_EQ(found.bytes_verified, tables.size_bytes());
  EXPECT_EQ(found.buffers_unverified, 0u);
  ASSERT_EQ(found.buffers_changed, 1u);
  ASSERT_EQ(found.changed.size(), 1u);
  EXPECT_EQ(found.changed[0].tag, "weights");
  EXPECT_NE(found.changed[0].what.find("guard_test.cpp"), std::string::npos) << found.changed[0].what;
  EXPECT_EQ(found.changed[0].bytes, weights.size_bytes());
  EXPECT_LE(found.changed[0].first_byte, hit * sizeof(int));
  EXPECT_GE(found.changed[0].last_byte, hit * sizeof(int) + 3);
  EXPECT_EQ(found.changed[0].last_byte - found.changed[0].first_byte + 1, 256u << 10);
  EXPECT_GT(found.took, 0ns);

  EXPECT_TRUE(weights.is_suspect());
  EXPECT_FALSE(tables.is_suspect());
  EXPECT_FALSE(scratch.is_suspect());
  // No answer is computed from it.
  queue well(dev, {.name = "well"});
  const error e = failure(well.launch(kernels.kernel("twice"), n, weights, scratch));
  EXPECT_EQ(e.code(), error_code::buffer_changed) << e.what();
  EXPECT_NE(e.message().find("tag 'weights'"), std::string::npos) << e.what();
  EXPECT_THROW(well.finish(), error);
  EXPECT_EQ(thrown_by([&] { (void)weights.to_vector(); }).code(), error_code::buffer_changed);
  well.launch(kernels.kernel("twice"), n, tables, scratch);
  well.finish();
  EXPECT_EQ(contents(scratch), std::vector<int>(n, 8));
  // Until it is written again.
  well.fill(weights, 6);
  well.launch(kernels.kernel("twice"), n, weights, scratch);
  well.finish();
  EXPECT_FALSE(weights.is_suspect());
  EXPECT_EQ(contents(scratch), std::vector<int>(n, 12));
  await(weights);
  EXPECT_TRUE(weights.verify());
}

TEST_F(content_guard, what_was_queued_behind_a_fault_does_not_read_what_it_changed) {
  const buffer<int> weights = guarded("weights", 3), out = tagged("out", 0), sum = tagged("sum", 1);
  queue bad(dev, {.name = "bad"}), well(dev, {.name = "well"});
  const event crash = bad.launch(kernels.kernel("stray_and_crash"), 1, x, distance_to(weights, 10));
  well.wait(bad.marker()); // behind the fault, which fails this one
  well.launch(kernels.kernel("twice"), n, weights, out);
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  EXPECT_THROW(well.finish(), error);
  const event reads = well.launch(kernels.kernel("twice"), n, weights, out);
  EXPECT_EQ(failure(reads).code(), error_code::buffer_changed);
  EXPECT_EQ(after_recovery(1).buffers_changed, 1u);
  EXPECT_THROW(bad.finish(), error);
  bad.launch(kernels.kernel("add_one"), n, sum);
  EXPECT_NO_THROW(bad.finish());
  EXPECT_EQ(contents(out), std::vector<int>(n, 0));
  weights.accept_contents();
  EXPECT_THROW(well.finish(), error);
  well.launch(kernels.kernel("twice"), n, weights, out);
  EXPECT_NO_THROW(well.finish());
  EXPECT_EQ(contents(out)[10], 14);
}

TEST_F(content_guard, what_commands_write_is_no_change) {
  const buffer<int> state = guarded("state", 0), weights = guarded("weights", 2);
  queue q(dev);
  std::vector<int> host(n, 9);
  for (std::uint64_t round = 1; round <= 4; ++round) {
    q.launch(kernels.kernel("add_one"), n, state);
    q.finish();
    EXPECT_FALSE(state.is_guarded()); // not known yet
    q.write(state, host).wait();
    q.copy(weights, state).wait();
    state.map()[5] = 77;
    await(state);
    kill_worker();
    const guard_report found = after_recovery(round);
    EXPECT_EQ(found.buffers_changed, 0u);
    EXPECT_EQ(found.buffers_verified, 2u);
    EXPECT_EQ(found.bytes_verified, state.size_bytes() + weights.size_bytes());
    EXPECT_EQ(contents(state)[5], 77);
  }
}

TEST_F(content_guard, what_is_written_at_the_time_is_not_verified) {
  const buffer<int> state = guarded("state", 0);
  queue q(dev);
  for (int i = 0; i < 200; ++i)
    q.launch(kernels.kernel("add_one"), n, state);
  kill_worker();
  const guard_report found = after_recovery(1);
  EXPECT_EQ(found.buffers_changed, 0u);
  EXPECT_EQ(found.buffers_verified + found.buffers_unverified, 1u);
}

TEST_F(content_guard, single_changes_anywhere_are_found_on_request) {
  allocation_options o;
  o.tag = "odd";
  const buffer<int> odd(dev, n + 3, o); // ends within a word of what a GPU's kernel reads
  queue q(dev);
  q.fill(odd, 0x55555555).wait();
  odd.guard();
  await(odd);
  EXPECT_TRUE(odd.verify());
  std::mt19937 random(7);
  for (int i = 0; i < 40; ++i) {
    const std::size_t at = i < 4 ? n - 1 + static_cast<std::size_t>(i) : random() % odd.size();
    q.launch(kernels.kernel("stray"), 1, x, distance_to(odd, at), 0x55555555 ^ (1 << (random() % 32))).wait();
    EXPECT_FALSE(odd.verify()) << at;
    EXPECT_TRUE(odd.is_suspect());
    q.launch(kernels.kernel("stray"), 1, x, distance_to(odd, at), 0x55555555).wait();
    EXPECT_TRUE(odd.verify()) << at;
  }
  // Two words that trade places.
  q.fill(odd.slice(8, 1), 1);
  q.fill(odd.slice(40, 1), 2);
  q.finish();
  odd.accept_contents();
  await(odd);
  q.launch(kernels.kernel("stray"), 1, x, distance_to(odd, 8), 2);
  q.launch(kernels.kernel("stray"), 1, x, distance_to(odd, 40), 1);
  q.finish();
  const guard_report found = dev.verify_guarded();
  ASSERT_EQ(found.buffers_changed, 1u);
  EXPECT_EQ(found.changed[0].first_byte, 0u);
  EXPECT_EQ(dev.recovery_count(), 0u);
}

TEST_F(content_guard, host_writes_through_pointers_are_told_by_guarding_again) {
  const buffer<int> shared = buffer<int>::host_shared(dev, n);
  shared.guard();
  await(shared);
  shared.span()[17] = 1;
  EXPECT_FALSE(shared.verify());
  shared.guard();
  EXPECT_FALSE(shared.is_suspect());
  await(shared);
  EXPECT_TRUE(shared.verify());
  shared.unguard();
  shared.span()[17] = 2;
  EXPECT_EQ(dev.verify_guarded().buffers_verified, 0u);
  EXPECT_EQ(thrown_by([&] { (void)shared.verify(); }).code(), error_code::invalid_argument);
}

// Readers and writers of guarded memory while workers die: nothing hangs, nothing is called changed that is not.
TEST_F(content_guard, many_recoveries_give_no_false_alarm) {
  const buffer<int> weights = guarded("weights", 21), state = guarded("state", 0), out = tagged("out", 0);
  std::atomic<std::uint64_t> wrong{0}, right{0};
  std::set<error_code> codes;
  std::jthread computing([&](std::stop_token stop) {
    queue q(dev, {.name = "computing"});
    std::vector<int> host(n);
    while (!stop.stop_requested()) {
      try {
        q.launch(kernels.kernel("twice"), n, weights, out);
        q.launch(kernels.kernel("add_one"), n, state);
        q.read(out, host);
        q.finish();
        (host == std::vector<int>(n, 42) ? right : wrong) += 1;
      } catch (const error& e) {
        codes.insert(e.code());
      }
    }
  });
  for (std::uint64_t round = 1; round <= 30; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + round % 7 * 10));
    kill_worker();
    ASSERT_TRUE(dev.await_recoveries(round, 10s));
    // Work waits for the buffers to be compared; workers that never get any would be given up.
    const std::uint64_t before = right;
    for (int i = 0; i < 20000 && round % 5 == 0 && right == before; ++i)
      std::this_thread::sleep_for(1ms);
  }
  computing.request_stop();
  computing.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(right, 0u);
  codes.erase(error_code::interrupted);
  EXPECT_TRUE(codes.empty()) << to_string(*codes.begin());
  for (std::uint64_t round = 1; round <= 30; ++round)
    EXPECT_EQ(after_recovery(round).buffers_changed, 0u);
  EXPECT_EQ(dev.verify_guarded().buffers_changed, 0u);
}

TEST_F(content_guard, buffers_end_while_they_are_read) {
  queue q(dev);
  for (int i = 0; i < 30; ++i) {
    buffer<int> gone(dev, 4 * n), released(dev, 4 * n), kept(dev, n);
    for (buffer<int>* b : {&gone, &released, &kept})
      b->guard();
    if (i % 3 == 0) await(released);
    q.release(std::move(released));
    gone = {};
    kept.unguard();
    dev.memory().trim();
  }
  // The last one may still be held by who reads it.
  for (int i = 0; i < 5000 && dev.verify_guarded().buffers_verified != 0; ++i)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(dev.verify_guarded().buffers_verified, 0u);
}

TEST_F(content_guard, a_hard_reset_ends_what_was_guarded_and_what_comes_after_can_be) {
  const buffer<int> before = guarded("before", 1);
  for (const reset_level level : {reset_level::hard, reset_level::full}) {
    reset_options o;
    o.level = level;
    (void)dev.reset(o);
    EXPECT_FALSE(before.is_guarded());
    const buffer<int> after(dev, n);
    after.guard();
    await(after);
    EXPECT_TRUE(after.verify());
    EXPECT_EQ(dev.verify_guarded().buffers_verified, 1u);
  }
  EXPECT_EQ(thrown_by([&] { before.guard(); }).code(), error_code::stale_handle);
}

TEST_F(content_guard, what_cannot_be_guarded_says_so) {
  const buffer<int> nothing;
  EXPECT_EQ(thrown_by([&] { nothing.guard(); }).code(), error_code::invalid_handle);
  EXPECT_EQ(thrown_by([&] { (void)nothing.verify(); }).code(), error_code::invalid_handle);
  EXPECT_FALSE(nothing.is_guarded());
  nothing.unguard();
  buffer<int> released(dev, n);
  const buffer<int> other = released;
  queue(dev).release(std::move(released));
  EXPECT_EQ(thrown_by([&] { other.guard(); }).code(), error_code::buffer_released);
  const buffer<int> large = guarded("large", 1);
  EXPECT_EQ(thrown_by([&] { (void)dev.verify_guarded(0ns); }).code(), error_code::deadline_exceeded);
}

} // namespace
} // namespace dotcompute::test
