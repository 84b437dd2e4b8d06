// SPDX-License-Identifier: MIT
// Figures as people read them, and what a log says by adding up.
#include "log_story.hpp"
#include "units.hpp"

#include <algorithm>
#include <dotcompute/error.hpp>
#include <gtest/gtest.h>
#include <random>

namespace dotcompute::tool {
namespace {

TEST(units, BytesHaveThreeDigits) {
  EXPECT_EQ(bytes_text(0), "0 B");
  EXPECT_EQ(bytes_text(1023), "1023 B");
  EXPECT_EQ(bytes_text(1024), "1.00 KiB");
  EXPECT_EQ(bytes_text(12'800), "12.5 KiB");
  EXPECT_EQ(bytes_text((1 << 20) - 1), "1.00 MiB") << "not 1024 KiB";
  EXPECT_EQ(bytes_text(~std::uint64_t{0}), "16.0 EiB");
}

TEST(units, TimesTakeTheLargestUnit) {
  EXPECT_EQ(time_text(0), "0.00 ns");
  EXPECT_EQ(time_text(340), "340 ns");
  EXPECT_EQ(time_text(1200), "1.20 us");
  EXPECT_EQ(time_text(90e9), "1.50 min");
  EXPECT_EQ(time_text(86400e9), "24.0 h");
}

TEST(units, CountsAreGrouped) {
  EXPECT_EQ(count_text(0), "0");
  EXPECT_EQ(count_text(999), "999");
  EXPECT_EQ(count_text(1000), "1,000");
  EXPECT_EQ(count_text(1234567), "1,234,567");
}

memory::log_event allocation_of(std::uint64_t bytes, std::int64_t time) {
  memory::log_event e;
  e.operation = memory::log_operation::allocate;
  e.bytes = bytes;
  e.time = time;
  e.thread = 1;
  return e;
}

std::vector<std::byte> finished(memory::log_writer& writer) {
  memory::log_event e;
  e.operation = memory::log_operation::end;
  writer.write(e);
  return writer.take();
}

TEST(log_story, CourseKeepsPeaksHoweverLongTheLog) {
  memory::log_writer writer(0);
  std::uint64_t live = 0, most = 0;
  std::mt19937 random(1);
  std::vector<std::uint64_t> blocks;
  std::vector<std::uint64_t> sizes;
  std::int64_t time = 0;
  for (int i = 0; i < 20'000; ++i) {
    time += 1 + random() % 1'000'000;
    if (blocks.empty() || random() % 2) {
      blocks.push_back(sizes.size());
      sizes.push_back(1 + random() % 100'000);
      writer.write(allocation_of(sizes.back(), time));
      live += sizes.back();
    } else {
      std::swap(blocks[random() % blocks.size()], blocks.back());
      memory::log_event e;
      e.operation = memory::log_operation::free;
      e.block = blocks.back();
      e.time = time;
      e.thread = 1;
      writer.write(e);
      live -= sizes[blocks.back()];
      blocks.pop_back();
    }
    most = std::max(most, live);
  }
  const auto s = read_story(finished(writer));
  EXPECT_FALSE(s.problem);
  EXPECT_EQ(s.events, 20'000u);
  EXPECT_EQ(s.allocations, sizes.size());
  EXPECT_EQ(s.live_bytes, live);
  EXPECT_EQ(s.live_blocks, blocks.size());
  EXPECT_EQ(s.peak_bytes, most);
  EXPECT_LE(s.course.size(), 512u);
  EXPECT_GT(s.course.size(), 200u) << "or the picture would be coarse";
  EXPECT_EQ(*std::max_element(s.course.begin(), s.course.end()), most);
  EXPECT_EQ(s.course.size() - 1, static_cast<std::size_t>(time / s.stretch));
}

TEST(log_story, SumsBeyondAllMemoryStayAtTheEnd) {
  memory::log_writer writer(0);
  for (int i = 0; i < 3; ++i)
    writer.write(allocation_of(~std::uint64_t{0} / 2 + 1, i));
  EXPECT_EQ(read_story(finished(writer)).peak_bytes, ~std::uint64_t{0});
}

TEST(log_story, HostileBytesDoNoHarm) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    auto bytes = memory::log_writer(0).take();
    for (int i = 0; i < 400; ++i)
      bytes.push_back(static_cast<std::byte>(random() % 3 == 0 ? random() : random() % 9));
    log_story s;
    ASSERT_NO_THROW(s = read_story(bytes));
    ASSERT_LE(s.events, 400u);
    ASSERT_LE(s.course.size(), 512u);
  }
  EXPECT_THROW(read_story({}), error);
}

} // namespace
} // namespace dotcompute::tool
