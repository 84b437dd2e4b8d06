// SPDX-License-Identifier: MIT
#include "execution/crash_loop.hpp"

#include <gtest/gtest.h>

namespace dotcompute::execution {
namespace {

using namespace std::chrono_literals;

class crash_loop_test : public ::testing::Test {
 protected:
  crash_loop loop;
  time_point now = time_point(std::chrono::hours(1));
  crash_loop_test() { loop.began(now); }
  /// A worker that lives for `life`; the pause before the next.
  std::optional<std::chrono::nanoseconds> lose(bool was_of_use, std::chrono::nanoseconds life = 1ms) {
    now += life;
    const auto pause = loop.ended(was_of_use, now);
    now += pause.value_or(0ns);
    loop.began(now);
    return pause;
  }
};

TEST_F(crash_loop_test, pauses_double_and_end) {
  std::chrono::nanoseconds all{};
  for (const auto expected : {0ms, 0ms, 0ms, 100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms}) {
    const auto pause = lose(false);
    ASSERT_TRUE(pause);
    EXPECT_EQ(*pause, expected);
    all += *pause;
  }
  EXPECT_EQ(all, 6300ms);
  EXPECT_FALSE(lose(false));
  EXPECT_EQ(loop.useless(), crash_loop::most_useless);
}

TEST_F(crash_loop_test, one_that_was_of_use_ends_the_row) {
  for (int row = 0; row < 3; ++row) {
    for (int i = 0; i < 9; ++i)
      EXPECT_TRUE(lose(false));
    EXPECT_EQ(lose(true), 0ns);
    EXPECT_EQ(loop.useless(), 0u);
  }
}

TEST_F(crash_loop_test, so_does_a_long_life) {
  for (int i = 0; i < 9; ++i)
    lose(false, 9s);
  EXPECT_EQ(loop.useless(), 9u);
  EXPECT_EQ(lose(false, 10s), 0ns);
  EXPECT_EQ(loop.useless(), 0u);
}

TEST(crash_loop, the_first_worker_has_lived_for_an_unknown_time) {
  crash_loop loop;
  EXPECT_EQ(loop.ended(false, time_point(std::chrono::hours(1))), std::chrono::nanoseconds::zero());
  EXPECT_EQ(loop.useless(), 0u);
}

} // namespace
} // namespace dotcompute::execution
