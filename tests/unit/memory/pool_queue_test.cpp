// SPDX-License-Identifier: MIT
// Frees in queue order.
#include "fake_device.hpp"

namespace dotcompute::memory::test {
namespace {

class queue_ordered : public pools, public ::testing::WithParamInterface<bool> {
 protected:
  queue_ordered() : p(device, options()) {}
  static pool_options options() {
    auto o = small_options();
    o.caches = GetParam();
    o.capacity = 2 * mebi;
    o.smallest_segment = o.largest_segment = mebi;
    return o;
  }
  pool p;
  std::shared_ptr<fake_queue> line_a = std::make_shared<fake_queue>(), line_b = std::make_shared<fake_queue>();
  queue_id a = p.attach_queue(line_a), b = p.attach_queue(line_b);
};
INSTANTIATE_TEST_SUITE_P(with_and_without_caches, queue_ordered, ::testing::Bool());

TEST_P(queue_ordered, TheSameQueueNeedNotWait) {
  const auto x = p.allocate({.bytes = 2 * mebi, .queue = a});
  p.free_on(x.handle, a, 5);
  EXPECT_EQ(p.statistics().pending_free_bytes, 2 * mebi);
  const auto y = p.allocate({.bytes = 2 * mebi, .queue = a});
  EXPECT_EQ(y.address, x.address);
  EXPECT_EQ(y.used_bytes, y.bytes) << "a command may write it yet";
  EXPECT_EQ(p.statistics().pending_free_bytes, 0u);
  EXPECT_EQ(line_a->waits, 0);
  p.free(y.handle);
  p.check();
}

TEST_P(queue_ordered, OthersWaitUntilTheTimelineHasPassed) {
  const auto x = p.allocate({.bytes = 2 * mebi, .queue = a});
  p.free_on(x.handle, a, 5);
  for (const queue_id q : {b, no_queue}) {
    const auto e = failure_of<allocation_error>([&] { p.allocate({.bytes = 2 * mebi, .queue = q}); });
    EXPECT_EQ(e.cause(), allocation_failure::awaiting_queue) << e.what();
  }
  EXPECT_GE(line_a->waits, 2) << "it was tried";
  line_a->reach(4);
  EXPECT_THROW(p.allocate({.bytes = 2 * mebi, .queue = b}), allocation_error);
  line_a->reach(5);
  const auto y = p.allocate({.bytes = 2 * mebi, .queue = b});
  EXPECT_EQ(y.address, x.address);
  const auto s = p.statistics();
  EXPECT_EQ(s.cross_queue_reuses, 1u);
  EXPECT_EQ(s.queue_ordered_frees, 1u);
  EXPECT_EQ(s.pending_free_bytes, 0u);
  p.free(y.handle);
  p.check();
}

TEST_P(queue_ordered, WaitingEndsTheShortage) {
  const auto x = p.allocate({.bytes = 2 * mebi, .queue = a});
  p.free_on(x.handle, a, 7);
  line_a->completes_when_waited_for = true;
  const auto y = p.allocate({.bytes = mebi, .queue = b});
  EXPECT_EQ(line_a->waits, 1);
  EXPECT_EQ(p.statistics().shortages, 1u);
  p.free(y.handle);
}

TEST_P(queue_ordered, WaitsHaveADeadline) {
  const auto x = p.allocate({.bytes = 2 * mebi, .queue = a});
  p.free_on(x.handle, a, 7);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(p.allocate({.bytes = mebi}), allocation_error);
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, options().queue_wait);
  EXPECT_LT(took, options().queue_wait + std::chrono::seconds(5));
}

TEST_P(queue_ordered, WhatIsDoneIsFreeForAll) {
  line_a->reach(10);
  const auto x = p.allocate({.bytes = 2 * mebi, .queue = a});
  p.free_on(x.handle, a, 10);
  p.free(p.allocate({.bytes = 2 * mebi, .queue = b}).handle);
  EXPECT_EQ(line_a->waits, 0);
}

TEST_P(queue_ordered, AQueueThatIsGoneIsDone) {
  const auto x = p.allocate({.bytes = 2 * mebi, .queue = a});
  p.free_on(x.handle, a, 10);
  line_a.reset();
  p.free(p.allocate({.bytes = 2 * mebi, .queue = b}).handle);
}

TEST_P(queue_ordered, DetachedQueuesLeaveTheirBlocks) {
  std::vector<block_handle> blocks;
  for (int i = 0; i < 8; ++i)
    blocks.push_back(p.allocate({.bytes = 10'000, .queue = a}).handle);
  for (const auto h : blocks)
    p.free_on(h, a, 3);
  p.detach_queue(a);
  EXPECT_EQ(p.statistics().pending_free_bytes, 0u);
  EXPECT_EQ(p.statistics().cached_bytes, 0u);
  const auto fresh = std::make_shared<fake_queue>();
  const queue_id again = p.attach_queue(fresh);
  EXPECT_EQ(again, a) << "numbers are used again";
  p.free_on(p.allocate({.bytes = 10'000, .queue = again}).handle, again, 1);
  p.check();
}

TEST_P(queue_ordered, DoubleFreesAreRefused) {
  const auto x = p.allocate({.bytes = 1000, .queue = a});
  p.free_on(x.handle, a, 1);
  EXPECT_EQ(failure_of([&] { p.free_on(x.handle, a, 1); }).code(), error_code::buffer_released);
  EXPECT_EQ(failure_of([&] { p.free(x.handle); }).code(), error_code::buffer_released);
}

} // namespace
} // namespace dotcompute::memory::test
