// SPDX-License-Identifier: MIT
#include "support/short_mutex.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <mutex>
#include <thread>
#include <vector>

namespace dotcompute {
namespace {

TEST(short_mutex, lets_one_thread_in_at_a_time) {
  constexpr int threads = 4, turns = 20000;
  short_mutex guard;
  int count = 0; // no atomic: threads that meet lose some, and the thread sanitizer sees them
  {
    std::vector<std::jthread> all;
    for (int t = 0; t < threads; ++t)
      all.emplace_back([&] {
        for (int i = 0; i < turns; ++i) {
          const std::lock_guard lock(guard);
          ++count;
        }
      });
  }
  EXPECT_EQ(count, threads * turns);
}

TEST(short_mutex, who_waits_long_sleeps_and_comes_in_when_it_is_free) {
  short_mutex guard;
  guard.lock();
  EXPECT_FALSE(guard.try_lock());
  std::atomic<int> in{0};
  std::vector<std::jthread> waiting;
  timespec before{}, after{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  for (int t = 0; t < 3; ++t)
    waiting.emplace_back([&] {
      const std::lock_guard lock(guard);
      ++in;
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  EXPECT_EQ(in, 0);
  const double busy =
      static_cast<double>(after.tv_sec - before.tv_sec) + 1e-9 * static_cast<double>(after.tv_nsec - before.tv_nsec);
  EXPECT_LT(busy, 0.3) << "seconds of processor time; three that spin take 0.6, or what the machine has";
  guard.unlock();
  waiting.clear();
  EXPECT_EQ(in, 3);
  EXPECT_TRUE(guard.try_lock());
  guard.unlock();
}

} // namespace
} // namespace dotcompute
