// SPDX-License-Identifier: MIT
// Figures, distributions, and reading them while a device hangs.
#include "fake_device.hpp"

#include <future>

namespace dotcompute::memory::test {
namespace {

class pool_statistics : public pools {};

/// A busy machine may wake the asking thread too late, so it is asked until it answers.
memory_statistics with_device(const pool& p) {
  memory_statistics s;
  for (int i = 0; i < 200; ++i) {
    s = p.statistics_async().get();
    if (s.device && !s.device->is_stale) break;
  }
  return s;
}

TEST_F(pool_statistics, HistogramsTellQuantiles) {
  latency_histogram h;
  EXPECT_FALSE(h.quantile(0.5));
  h.counts[4] = 50; // 16 to 32
  h.counts[10] = 50;
  EXPECT_EQ(h.total(), 100u);
  EXPECT_DOUBLE_EQ(*h.quantile(0.25), 24);
  EXPECT_DOUBLE_EQ(*h.quantile(0.5), 32);
  EXPECT_GT(*h.quantile(0.51), 1024);
  EXPECT_DOUBLE_EQ(*h.quantile(1), 2048);
  EXPECT_DOUBLE_EQ(*h.quantile(7), 2048);
}

TEST_F(pool_statistics, AddUp) {
  pool p(device, small_options());
  std::vector<block_handle> live;
  for (int i = 0; i < 1000; ++i)
    live.push_back(p.allocate({.bytes = 1000}).handle);
  for (int i = 0; i < 400; ++i) {
    p.free(live.back());
    live.pop_back();
  }
  const auto s = p.statistics();
  EXPECT_EQ(s.allocations, 1000u);
  EXPECT_EQ(s.frees, 400u);
  EXPECT_EQ(s.live_blocks, 600u);
  EXPECT_EQ(s.requested_bytes, 600'000u);
  EXPECT_EQ(s.allocated_bytes, 600 * 1024u);
  EXPECT_EQ(s.allocated_bytes + s.cached_bytes + s.pending_free_bytes + s.free_bytes, s.reserved_bytes);
  EXPECT_GT(s.cached_bytes, 0u);
  EXPECT_EQ(s.fast_allocations + s.slow_allocations, s.allocations);
  EXPECT_GE(s.allocated_peak_bytes + s.peak_error_bytes, 1000 * 1024u);
  EXPECT_LE(s.allocated_peak_bytes, 1000 * 1024u);
  EXPECT_NEAR(static_cast<double>(s.request_sizes[9]), 1000, 64) << "512 to 1,024 bytes, in the end one in 64 counted";
  EXPECT_EQ(s.largest_request_bytes, 1000u);
  EXPECT_GT(s.slow_latency.total(), 0u);
  EXPECT_EQ(s.driver_latency.total(), s.driver_allocations);
  EXPECT_TRUE(s.is_consistent);
  EXPECT_FALSE(s.device) << "nobody asked it";
  EXPECT_FALSE(s.tags) << "nobody asked for them";
  EXPECT_EQ(s.generation, 1u);
  EXPECT_EQ(p.statistics().sequence, s.sequence + 1);
  for (const auto h : live)
    p.free(h);
  const auto end = p.statistics();
  EXPECT_EQ(end.host_shared_bytes, 0u);
  EXPECT_EQ(end.allocated_bytes, 0u);
}

TEST_F(pool_statistics, AsyncAsksTheDevice) {
  *device->usage = [] { return drivers::memory_usage{100 * mebi, 60 * mebi}; };
  pool p(device, small_options());
  const auto a = p.allocate({.bytes = 1000, .tag = p.tag("mine")});
  const auto s = with_device(p);
  ASSERT_TRUE(s.device);
  EXPECT_EQ(s.device->total_bytes, 100 * mebi);
  EXPECT_EQ(s.device->free_bytes, 60 * mebi);
  EXPECT_EQ(s.device->used_by_others_bytes, 39 * mebi) << "a megabyte is this pool's";
  EXPECT_FALSE(s.device->is_stale);
  ASSERT_TRUE(s.tags);
  ASSERT_EQ(s.tags->size(), 2u);
  EXPECT_EQ((*s.tags)[1].name, "mine");
  EXPECT_EQ((*s.tags)[1].live_bytes, 1000u);
  EXPECT_TRUE(p.statistics().device) << "the last answer is kept";
  p.free(a.handle);
}

TEST_F(pool_statistics, UnknownFiguresStayUnknown) {
  pool p(device, small_options());
  const auto s = p.statistics_async().get();
  ASSERT_TRUE(s.device);
  EXPECT_FALSE(s.device->total_bytes);
  EXPECT_FALSE(s.device->used_by_others_bytes);
}

TEST_F(pool_statistics, AHungDeviceHangsNobody) {
  struct gate {
    std::mutex guard;
    std::condition_variable changed;
    bool is_open = true;
    int inside = 0;
  };
  const auto g = std::make_shared<gate>();
  *device->usage = [g] {
    std::unique_lock lock(g->guard);
    ++g->inside;
    g->changed.wait_for(lock, std::chrono::seconds(30), [&] { return g->is_open; });
    return drivers::memory_usage{100 * mebi, 50 * mebi};
  };
  auto p = std::make_unique<pool>(device, small_options());
  EXPECT_FALSE(with_device(*p).device->is_stale);
  int before = 0;
  {
    const std::lock_guard lock(g->guard);
    g->is_open = false;
    before = g->inside;
  }
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto s = p->statistics_async().get();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
    ASSERT_TRUE(s.device);
    EXPECT_TRUE(s.device->is_stale);
    EXPECT_EQ(s.device->free_bytes, 50 * mebi) << "the last that was heard";
    EXPECT_GT(s.device->age.count(), 0);
  }
  {
    const std::lock_guard lock(g->guard);
    EXPECT_EQ(g->inside, before + 1) << "one hangs, and no other was sent after it";
  }
  auto unanswered = p->statistics_async();
  const auto start = std::chrono::steady_clock::now();
  p.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1)) << "closing waits for nothing";
  EXPECT_EQ(failure_of([&] { unanswered.get(); }).code(), error_code::cancelled);
  const std::lock_guard lock(g->guard);
  g->is_open = true;
  g->changed.notify_all();
}

TEST_F(pool_statistics, AsyncIsAnsweredInTime) {
  *device->usage = []() -> drivers::memory_usage {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return {};
  };
  pool p(device, small_options());
  std::vector<double> took;
  for (int i = 0; i < 11; ++i) {
    const auto start = std::chrono::steady_clock::now();
    p.statistics_async().get();
    took.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(took.begin(), took.end());
  EXPECT_LE(took[5], 50) << "milliseconds: 10, and what a busy machine takes to wake a thread";
}

TEST_F(pool_statistics, QuestionsCanBeCancelled) {
  *device->usage = []() -> drivers::memory_usage {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    return {};
  };
  pool p(device, small_options());
  std::stop_source stop;
  auto answer = p.statistics_async(stop.get_token());
  stop.request_stop();
  EXPECT_EQ(failure_of([&] { answer.get(); }).code(), error_code::cancelled);
}

TEST_F(pool_statistics, ClosingInTheMidstOfAnAnswerIsSafe) {
  for (int round = 0; round < 100; ++round) {
    auto p = std::make_unique<pool>(device, small_options());
    std::vector<std::future<memory_statistics>> answers;
    for (int i = 0; i < 8; ++i)
      answers.push_back(p->statistics_async());
    if (round % 2) answers[0].wait();
    p.reset();
    for (auto& a : answers) {
      ASSERT_EQ(a.wait_for(std::chrono::seconds(10)), std::future_status::ready);
      try {
        a.get();
      } catch (const error& e) {
        EXPECT_EQ(e.code(), error_code::cancelled);
      }
    }
  }
}

TEST_F(pool_statistics, CanBeSwitchedOff) {
  auto options = small_options();
  options.statistics = false;
  pool p(device, options);
  const auto a = p.allocate({.bytes = 1000});
  EXPECT_EQ(p.statistics().allocations, 0u);
  EXPECT_EQ(failure_of([&] { p.set_budget(p.tag("tenant"), 1000); }).code(), error_code::invalid_argument);
  EXPECT_GT(p.statistics().reserved_bytes, 0u);
  p.free(a.handle);
  p.check();
}

} // namespace
} // namespace dotcompute::memory::test
