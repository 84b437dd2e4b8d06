// SPDX-License-Identifier: MIT
// Discarding what a pool holds: every block but those of its memory resource, whoever holds them.
#include "fake_device.hpp"

#include <memory_resource>
#include <thread>

namespace dotcompute::memory::test {
namespace {

TEST_F(pools, DiscardingEndsEveryBlock) {
  pool p(device, small_options());
  std::vector<allocation> live;
  for (int i = 0; i < 500; ++i)
    live.push_back(p.allocate({.bytes = 1000, .kind = static_cast<buffer_kind>(i % buffer_kinds), .tag = p.tag("t")}));
  p.free(live.back().handle);
  live.pop_back();
  const discarded gone = p.discard();
  EXPECT_EQ(gone.blocks, 499u);
  EXPECT_EQ(gone.bytes, 499'000u);
  EXPECT_GT(gone.returned_bytes, 0u);
  const memory_statistics s = p.statistics();
  EXPECT_EQ(s.live_blocks, 0u);
  EXPECT_EQ(s.requested_bytes, 0u);
  EXPECT_EQ(s.reserved_bytes, 0u);
  p.check();
  for (const allocation& a : live) {
    try {
      p.free(a.handle);
      ADD_FAILURE() << "a discarded block was freed";
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::buffer_released);
    }
  }
  const allocation again = p.allocate({.bytes = 1000});
  p.free(again.handle);
  p.check();
}

TEST_F(pools, DiscardingAnEmptyPoolDoesNothing) {
  pool p(device, small_options());
  EXPECT_EQ(p.discard().blocks, 0u);
  p.check();
}

TEST_F(pools, DiscardingLeavesTheMemoryResourceAlone) {
  device->has_memory = true;
  pool p(device, small_options());
  {
    std::pmr::vector<int> numbers(10'000, 7, p.resource());
    const allocation a = p.allocate({.bytes = 1 << 16, .kind = buffer_kind::host_shared});
    EXPECT_EQ(p.discard().blocks, 1u);
    EXPECT_THROW(p.free(a.handle), error);
    for (const int n : numbers)
      ASSERT_EQ(n, 7);
    EXPECT_EQ(p.statistics().live_blocks, 1u);
  }
  EXPECT_EQ(p.discard().blocks, 0u);
  EXPECT_EQ(p.statistics().live_blocks, 0u);
  p.check();
}

TEST_F(pools, DiscardingWhileOthersAllocateAndFree) {
  pool p(device, small_options());
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      while (!done) {
        const allocation a = p.allocate({.bytes = 5000});
        const allocation b = p.allocate({.bytes = 300});
        for (const auto& block : {a, b}) {
          try {
            p.free(block.handle);
          } catch (const error& e) {
            EXPECT_EQ(e.code(), error_code::buffer_released);
          }
        }
      }
    });
  for (int i = 0; i < 200; ++i)
    (void)p.discard();
  done = true;
  for (std::thread& t : threads)
    t.join();
  p.discard();
  EXPECT_EQ(p.statistics().live_blocks, 0u);
  EXPECT_EQ(p.statistics().requested_bytes, 0u);
  p.check();
}

} // namespace
} // namespace dotcompute::memory::test
