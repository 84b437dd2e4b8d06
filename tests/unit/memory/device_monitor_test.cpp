// SPDX-License-Identifier: MIT
#include "memory/device_monitor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace dotcompute::memory::test {
namespace {

TEST(device_monitor, KnowsNothingBeforeItAsked) {
  device_monitor m([] { return drivers::memory_usage{2, 1}; });
  EXPECT_FALSE(m.last().usage);
  const device_answer a = m.ask(std::chrono::seconds(5));
  ASSERT_TRUE(a.usage);
  EXPECT_EQ(a.usage->total_bytes, 2u);
  EXPECT_EQ(m.last().usage->free_bytes, 1u);
}

TEST(device_monitor, OneQueryAnswersAllWhoAskedBeforeItBegan) {
  std::atomic<int> queries{0};
  device_monitor m([&] {
    ++queries;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return drivers::memory_usage{static_cast<std::uint64_t>(queries.load()), {}};
  });
  std::atomic<int> answered{0};
  for (int i = 0; i < 200; ++i)
    m.ask([&](const device_answer* a) { answered += a != nullptr; }, {});
  for (int i = 0; i < 2000 && answered != 200; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(answered, 200);
  EXPECT_LE(queries, 20) << "they are asked together";
}

TEST(device_monitor, AThrowingDeviceIsOneThatDoesNotAnswer) {
  device_monitor m([]() -> drivers::memory_usage { throw std::runtime_error("no"); });
  const device_answer a = m.ask(std::chrono::seconds(5));
  EXPECT_FALSE(a.usage);
  EXPECT_TRUE(a.is_stale);
}

TEST(device_monitor, MayCloseOnItsOwnThread) {
  auto m = std::make_shared<device_monitor>([] { return drivers::memory_usage{}; });
  std::promise<void> done;
  auto* const raw = m.get();
  raw->ask(
      [kept = std::move(m), &done](const device_answer*) mutable {
        kept.reset();
        done.set_value();
      },
      {});
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

} // namespace
} // namespace dotcompute::memory::test
