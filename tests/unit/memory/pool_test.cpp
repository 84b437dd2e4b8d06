// SPDX-License-Identifier: MIT
// One thread and no queue: blocks, wrong calls, segments, budgets.
#include "fake_device.hpp"

#include <algorithm>
#include <map>
#include <random>

namespace dotcompute::memory::test {
namespace {

TEST_F(pools, BlocksNeverOverlapAndKeepTheirContent) {
  device->has_memory = true;
  auto options = small_options();
  pool p(device, options);
  std::mt19937 random(7);
  struct live_block {
    allocation a;
    std::uint64_t asked;
    int mark;
  };
  std::vector<live_block> live;
  std::uint64_t requested = 0;
  for (int i = 0; i < 20'000; ++i) {
    if (live.empty() || random() % 5 < 3) {
      const std::uint64_t asked = 1 + random() % (random() % 16 == 0 ? 300'000 : 5'000);
      const std::uint64_t alignment = random() % 8 == 0 ? granule << random() % 5 : granule;
      const auto kind = static_cast<buffer_kind>(random() % buffer_kinds);
      const allocation a = p.allocate({.bytes = asked, .alignment = alignment, .kind = kind});
      ASSERT_GE(a.bytes, asked);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(a.address) % alignment, 0u);
      ASSERT_LE(a.used_bytes, a.bytes);
      ASSERT_TRUE(std::all_of(a.address + a.used_bytes, a.address + a.bytes, [](std::byte b) {
        return b == std::byte{0};
      })) << "what was never used is still zero";
      const int mark = static_cast<int>(1 + random() % 255);
      std::memset(a.address, mark, a.bytes);
      live.push_back({a, asked, mark});
      requested += asked;
    } else {
      std::swap(live[random() % live.size()], live.back());
      const live_block b = live.back();
      live.pop_back();
      ASSERT_TRUE(std::all_of(b.a.address, b.a.address + b.a.bytes,
                              [&](std::byte v) { return v == static_cast<std::byte>(b.mark); }));
      requested -= b.asked;
      p.free(b.a.handle);
    }
    if (i % 512 == 0) {
      ASSERT_NO_THROW(p.check());
    }
    if (live.size() > 600)
      while (live.size() > 100) {
        requested -= live.back().asked;
        p.free(live.back().a.handle);
        live.pop_back();
      }
  }
  EXPECT_EQ(p.statistics().requested_bytes, requested);
  EXPECT_EQ(p.statistics().live_blocks, live.size());
  for (const live_block& b : live)
    p.free(b.a.handle);
  p.trim();
  const auto s = p.statistics();
  EXPECT_EQ(s.allocated_bytes, 0u);
  EXPECT_EQ(s.cached_bytes, 0u);
  EXPECT_EQ(s.reserved_bytes, 0u) << "trim() gives everything back";
  EXPECT_EQ(device->counts->live_segments, 0u);
  p.check();
}

TEST_F(pools, WrongCallsAreRefusedAndHarmNothing) {
  pool p(device, small_options()), other(device, small_options());
  EXPECT_EQ(failure_of([&] { p.allocate({.bytes = 0}); }).code(), error_code::invalid_size);
  for (const std::uint64_t alignment : {0u, 3u, 257u, 1u << 30})
    EXPECT_EQ(failure_of([&] { p.allocate({.bytes = 1, .alignment = alignment}); }).code(),
              error_code::invalid_argument);
  EXPECT_EQ(failure_of([&] { p.allocate({.bytes = 1, .tag = tag_id{99}}); }).code(), error_code::invalid_argument);
  EXPECT_EQ(failure_of([&] { p.allocate({.bytes = 1, .queue = queue_id{99}}); }).code(), error_code::invalid_argument);
  for (const std::uint64_t absurd : {std::uint64_t{1} << 50, ~std::uint64_t{0}, ~std::uint64_t{0} - 255}) {
    const auto e = failure_of<allocation_error>([&] { p.allocate({.bytes = absurd}); });
    EXPECT_EQ(e.code(), error_code::out_of_device_memory);
    EXPECT_EQ(e.cause(), allocation_failure::capacity);
    EXPECT_EQ(e.requested_bytes(), absurd);
  }
  const auto a = p.allocate({.bytes = 1000});
  EXPECT_EQ(failure_of([&] { other.free(a.handle); }).code(), error_code::invalid_handle) << "of another pool";
  EXPECT_EQ(failure_of([&] { p.free({}); }).code(), error_code::invalid_handle);
  EXPECT_EQ(failure_of([&] { p.free({12345, 1}); }).code(), error_code::invalid_handle);
  EXPECT_EQ(failure_of([&] { p.free({~0u, 1}); }).code(), error_code::invalid_handle);
  EXPECT_EQ(failure_of([&] { p.free_on(a.handle, queue_id{99}, 1); }).code(), error_code::invalid_argument);
  EXPECT_EQ(p.statistics().live_blocks, 1u) << "still there";
  p.free(a.handle);
  EXPECT_EQ(failure_of([&] { p.free(a.handle); }).code(), error_code::buffer_released);
  EXPECT_EQ(failure_of([&] { p.place_of(a.handle); }).code(), error_code::buffer_released);
  const auto b = p.allocate({.bytes = 1000});
  EXPECT_EQ(b.address, a.address) << "the place is used again";
  const error stale = failure_of([&] { p.free(a.handle); });
  EXPECT_EQ(stale.code(), error_code::buffer_released);
  EXPECT_NE(stale.message().find("another block now"), std::string::npos) << stale.what();
  EXPECT_EQ(stale.device(), "fake:0");
  p.free(b.handle);
  EXPECT_GE(p.statistics().wrong_frees, 5u);
  p.check();
}

TEST_F(pools, AllocationsNeedNoDriver) {
  pool p(device, small_options());
  p.free(p.allocate({.bytes = 4096}).handle);
  const auto calls = device->counts->calls.load();
  for (int i = 0; i < 1000; ++i)
    p.free(p.allocate({.bytes = 4096}).handle);
  EXPECT_EQ(device->counts->calls, calls);
  const auto s = p.statistics();
  EXPECT_EQ(s.allocations, 1001u);
  EXPECT_EQ(s.frees, 1001u);
  EXPECT_EQ(s.slow_allocations, 1u);
  EXPECT_EQ(s.fast_allocations, 1000u);
  EXPECT_EQ(s.driver_allocations, 1u);
}

TEST_F(pools, SegmentsGrowWithThePoolAndGoBack) {
  auto options = small_options();
  pool p(device, options);
  std::vector<block_handle> live;
  for (int i = 0; i < 640; ++i)
    live.push_back(p.allocate({.bytes = 100'000}).handle);
  const auto grown = p.statistics();
  EXPECT_GE(grown.reserved_bytes, 64'000'000u);
  EXPECT_LT(grown.segments, 40u) << "segments become larger";
  EXPECT_EQ(grown.reserved_bytes, device->counts->live_bytes);
  for (const auto h : live)
    p.free(h);
  const auto s = p.statistics();
  EXPECT_LE(s.reserved_bytes, options.retained_bytes + 2 * options.largest_segment)
      << "more than is retained goes back";
  EXPECT_GE(s.driver_frees, 5u);
  const trim_result t = p.trim();
  EXPECT_EQ(t.returned_bytes, s.reserved_bytes);
  EXPECT_EQ(device->counts->live_bytes, 0u);
  EXPECT_GE(s.reserved_peak_bytes, grown.reserved_bytes);
}

TEST_F(pools, ALargeBlockHasASegmentOfItsOwn) {
  pool p(device, small_options());
  const auto a = p.allocate({.bytes = 40 * mebi});
  EXPECT_EQ(a.used_bytes, 0u);
  EXPECT_EQ(p.statistics().reserved_bytes, 40 * mebi);
  EXPECT_EQ(p.place_of(a.handle).offset, 0u);
  p.free(a.handle);
  EXPECT_EQ(p.statistics().reserved_bytes, 0u) << "too much to retain";
}

TEST_F(pools, OneLargeBlockStaysAtHand) {
  auto options = small_options();
  options.retained_bytes = 64 * mebi;
  pool p(device, options);
  const auto small = p.allocate({.bytes = 4096});
  const auto slow_of = [&] { return p.statistics().slow_allocations; };
  p.free(p.allocate({.bytes = 24 * mebi}).handle);
  const std::uint64_t before = slow_of();
  for (int i = 0; i < 1000; ++i)
    p.free(p.allocate({.bytes = 24 * mebi - 4096 * (i % 3)}).handle);
  EXPECT_EQ(slow_of(), before);
  const auto s = p.statistics();
  EXPECT_GE(s.peak_error_bytes, 24 * mebi) << "the thread counts it for itself";
  EXPECT_EQ(s.allocated_peak_bytes, 24 * mebi + 4096);
  EXPECT_EQ(s.allocated_bytes, 4096u);
  // Others of its size, of another kind and much smaller ones are not met from it, nor does it take their places.
  const auto a = p.allocate({.bytes = 24 * mebi}), b = p.allocate({.bytes = 24 * mebi});
  EXPECT_NE(a.address, b.address);
  EXPECT_EQ(slow_of(), before + 1);
  p.free(a.handle);
  p.free(p.allocate({.bytes = 24 * mebi, .kind = buffer_kind::host_shared}).handle);
  p.free(p.allocate({.bytes = 12 * mebi}).handle);
  EXPECT_EQ(slow_of(), before + 3);
  p.free(b.handle);
  p.free(small.handle);
  p.check();
  // What is kept belongs to whoever needs it.
  device->memory = device->counts->live_bytes.load();
  std::thread([&] { p.free(p.allocate({.bytes = 20 * mebi}).handle); }).join();
  p.check();
  p.trim();
  EXPECT_EQ(p.statistics().reserved_bytes, 0u);
}

TEST_F(pools, BudgetsCountWhatThreadsKeep) {
  auto options = small_options();
  options.budget = 2 * mebi;
  pool p(device, options);
  const auto a = p.allocate({.bytes = mebi});
  const auto b = p.allocate({.bytes = mebi});
  const auto e = failure_of<allocation_error>([&] { p.allocate({.bytes = 1}); });
  EXPECT_EQ(e.cause(), allocation_failure::budget);
  EXPECT_EQ(e.kind(), error_class::resource);
  p.free(a.handle);
  p.free(p.allocate({.bytes = mebi}).handle);
  // What this thread keeps of small blocks counts, and is given up before a request fails.
  std::vector<block_handle> small;
  for (int i = 0; i < 30; ++i)
    small.push_back(p.allocate({.bytes = 4096}).handle);
  for (const auto h : small)
    p.free(h);
  p.free(p.allocate({.bytes = mebi}).handle);
  p.set_budget(mebi);
  EXPECT_EQ(failure_of<allocation_error>([&] { p.allocate({.bytes = 1}); }).cause(), allocation_failure::budget);
  p.set_budget(known<std::uint64_t>());
  p.free(p.allocate({.bytes = 8 * mebi}).handle);
  p.free(b.handle);
  EXPECT_EQ(p.statistics().failures[static_cast<std::size_t>(allocation_failure::budget)], 2u);
  p.check();
}

TEST_F(pools, CausesAreTold) {
  auto options = small_options();
  options.capacity = 4 * mebi;
  pool p(device, options);
  EXPECT_EQ(failure_of<allocation_error>([&] { p.allocate({.bytes = 5 * mebi}); }).cause(),
            allocation_failure::capacity);
  std::vector<block_handle> live;
  for (int i = 0; i < 16; ++i)
    live.push_back(p.allocate({.bytes = mebi / 4}).handle);
  for (std::size_t i = 0; i < live.size(); i += 2)
    p.free(live[i]);
  const auto e = failure_of<allocation_error>([&] { p.allocate({.bytes = mebi}); });
  EXPECT_EQ(e.cause(), allocation_failure::fragmentation) << e.what();
  EXPECT_NE(e.message().find("not in one piece"), std::string::npos) << e.what();
  EXPECT_FALSE(e.remedy().empty());
  for (std::size_t i = 1; i < live.size(); i += 2)
    p.free(live[i]);
  p.free(p.allocate({.bytes = 4 * mebi}).handle); // everything is in one piece again
}

TEST_F(pools, AnotherProcessIsNamed) {
  device->memory = 2 * mebi; // all that others left
  *device->usage = [] { return drivers::memory_usage{64 * mebi, mebi}; };
  pool p(device, small_options());
  const auto e = failure_of<allocation_error>([&] { p.allocate({.bytes = 8 * mebi}); });
  EXPECT_EQ(e.cause(), allocation_failure::other_process) << e.what();
}

TEST_F(pools, MapShowsEveryByte) {
  auto options = small_options();
  options.caches = false;
  pool p(device, options);
  const tag_id mine = p.tag("mine");
  const auto a = p.allocate({.bytes = 1000, .tag = mine});
  const auto b = p.allocate({.bytes = 2000, .kind = buffer_kind::host_shared});
  const auto c = p.allocate({.bytes = 3000});
  p.free(a.handle);
  const auto d = p.allocate({.bytes = 100, .tag = mine});
  const memory_map m = p.map();
  ASSERT_EQ(m.segments.size(), 2u);
  EXPECT_EQ(m.tags[static_cast<std::size_t>(mine)], "mine");
  std::map<std::uint64_t, int> live;
  for (const mapped_segment& s : m.segments) {
    std::uint64_t end = 0;
    for (const mapped_block& block : s.blocks) {
      EXPECT_EQ(block.offset, end);
      end += block.bytes;
      if (block.state == block_state::live) {
        ++live[block.requested_bytes];
        EXPECT_EQ(block.tag == static_cast<std::uint32_t>(mine), block.requested_bytes == 100);
      }
    }
    EXPECT_EQ(end, s.bytes);
  }
  EXPECT_EQ(live, (std::map<std::uint64_t, int>{{100, 1}, {2000, 1}, {3000, 1}}));
  for (const auto h : {b.handle, c.handle, d.handle})
    p.free(h);
}

TEST_F(pools, SegmentsOutliveNothing) {
  {
    pool p(device, small_options());
    p.free(p.allocate({.bytes = 1000}).handle);
    (void)p.allocate({.bytes = 1000}); // a leak, reported in the log
  }
  EXPECT_EQ(device->counts->live_segments, 0u);
}

} // namespace
} // namespace dotcompute::memory::test
