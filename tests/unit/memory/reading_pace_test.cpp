// SPDX-License-Identifier: MIT
// Who reads statistics without pause waits; who does not, or disturbs nobody, does not.
#include "memory/reading_pace.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace dotcompute::memory::test {
namespace {

/// How long the second of two reads that begin one after the other takes to begin; the shortest of many tries, since a
/// busy machine may let any of them wait.
std::int64_t shortest_wait(std::uint64_t first_pool, std::uint64_t second_pool, bool others_work) {
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  for (std::uint64_t i = 1; i <= 200; ++i) {
    reading_pace pace;
    for (int read = 0; read < 2; ++read) { // the first makes the thread know the pool
      pace.begin(first_pool);
      pace.end(first_pool, others_work ? 2 * i + static_cast<std::uint64_t>(read) : 7);
    }
    const std::int64_t start = pace.begin(0); // of no pool: notes the time and never waits
    shortest = std::min(shortest, pace.begin(second_pool) - start);
  }
  return shortest;
}

TEST(reading_pace, WhoFoundOthersAtWorkWaits) {
  EXPECT_GE(shortest_wait(1, 1, true), reading_pace::interval);
}

TEST(reading_pace, WhoFoundThemAtRestDoesNot) {
  EXPECT_LT(shortest_wait(2, 2, false), reading_pace::interval / 2);
}

TEST(reading_pace, AnotherPoolIsAnotherMatter) {
  EXPECT_LT(shortest_wait(3, 4, true), reading_pace::interval / 2);
}

TEST(reading_pace, TheWaitEndsWhateverOthersRead) {
  reading_pace pace;
  pace.begin(5);
  pace.end(5, 1);
  pace.begin(5);
  pace.end(5, 2);
  const std::int64_t start = now_nanoseconds();
  for (int i = 0; i < 100; ++i)
    pace.begin(5);
  EXPECT_GE(now_nanoseconds() - start, 98 * reading_pace::interval) << "each waits for the one before it";
}

} // namespace
} // namespace dotcompute::memory::test
