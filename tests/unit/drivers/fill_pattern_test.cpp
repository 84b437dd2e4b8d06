// SPDX-License-Identifier: MIT
#include "drivers/fill_pattern.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace dotcompute::drivers {
namespace {

/// Fills bytes as a device with sets of at most `widest` bytes would, and says with how many calls.
std::vector<std::byte> fill(std::vector<std::uint8_t> pattern, std::size_t start, std::size_t bytes,
                            std::uint32_t widest, unsigned& calls) {
  alignas(256) static std::byte room[4096];
  std::memset(room, 0xee, sizeof room);
  fill_command c{room + start, bytes, {}, static_cast<std::uint32_t>(pattern.size())};
  std::memcpy(c.pattern.data(), pattern.data(), pattern.size());
  calls = 0;
  fill_by(
      c, widest,
      [&](std::byte* to, const std::byte* value, std::uint32_t width, std::uint64_t n) {
        ++calls;
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(to) % width, 0u);
        EXPECT_EQ(n % width, 0u);
        EXPECT_LE(width, widest);
        for (std::uint64_t i = 0; i < n; i += width)
          std::memcpy(to + i, value, width);
      },
      [&](std::byte* to, const std::byte* from, std::uint64_t n) {
        ++calls;
        EXPECT_TRUE(from + n <= to);
        std::memcpy(to, from, n);
      });
  for (std::size_t i = 0; i < sizeof room; ++i)
    EXPECT_TRUE((i >= start && i < start + bytes) || room[i] == std::byte{0xee}) << i;
  return {room + start, room + start + bytes};
}

TEST(fill_pattern, EveryPatternAtEveryPlace) {
  for (const std::uint32_t widest : {4u, 128u})
    for (const std::size_t size : {1, 2, 3, 4, 6, 8, 12, 16, 64, 100, 128})
      for (const std::size_t start : {0, 1, 2, 4, 8, 12}) {
        std::vector<std::uint8_t> pattern(size);
        for (std::size_t i = 0; i < size; ++i)
          pattern[i] = static_cast<std::uint8_t>(7 * i + 1);
        unsigned calls = 0;
        const auto filled = fill(pattern, start, 9 * size, widest, calls);
        for (std::size_t i = 0; i < filled.size(); ++i)
          ASSERT_EQ(filled[i], std::byte{pattern[i % size]}) << size << " at " << start << ", byte " << i;
      }
}

TEST(fill_pattern, AVectorOfOneValueIsOneSet) {
  unsigned calls = 0;
  fill(std::vector<std::uint8_t>(16, 0), 1, 160, 128, calls);
  EXPECT_EQ(calls, 1u);
  fill({1, 2, 1, 2, 1, 2, 1, 2}, 2, 800, 4, calls);
  EXPECT_EQ(calls, 1u);
}

TEST(fill_pattern, NothingIsFilledWithNoCall) {
  unsigned calls = 0;
  fill({1, 2, 3}, 0, 0, 4, calls);
  EXPECT_EQ(calls, 0u);
}

} // namespace
} // namespace dotcompute::drivers
