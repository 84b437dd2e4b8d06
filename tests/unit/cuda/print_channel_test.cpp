// SPDX-License-Identifier: MIT
#include "drivers/cuda/print_channel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace dotcompute::cuda {
namespace {

constexpr std::uint64_t capacity = 64;

/// A ring, and what a kernel does to it.
class print_channel_test : public testing::Test {
 protected:
  bool print(std::uint32_t format, std::initializer_list<std::uint64_t> values) {
    const std::uint64_t bytes = 8 * (values.size() + 1), at = std::max(taken_, ring().consumed);
    if (at + bytes - ring().consumed > capacity) {
      ring().lost = ++lost_;
      return false;
    }
    taken_ = at + bytes;
    std::uint64_t place = at + 8;
    for (const std::uint64_t v : values) {
      word(place) = v;
      place += 8;
    }
    word(at) = bytes | (std::uint64_t{format} + 1) << 32;
    return true;
  }
  print_ring& ring() { return *reinterpret_cast<print_ring*>(memory_.get()); }
  std::uint64_t& word(std::uint64_t position) {
    return reinterpret_cast<std::uint64_t*>(memory_.get() + sizeof(print_ring))[position % capacity / 8];
  }

  std::uint64_t taken_ = 0, lost_ = 0; ///< in device memory
  std::shared_ptr<std::byte[]> memory_{new std::byte[sizeof(print_ring) + capacity]};
  std::string text_;
  std::shared_ptr<drivers::print_sink> sink_ =
      std::make_shared<drivers::print_sink>([this](std::string_view t) { text_ += t; });
  print_channel channel_{"p", {"%d,", "<%s>", "last"}, sink_, std::shared_ptr<void>(memory_, memory_.get()), capacity};
};

TEST_F(print_channel_test, HandsRecordsOnInOrderAndRoundTheEnd) {
  channel_.begin();
  std::string expected;
  for (std::uint64_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(print(0, {i}));
    if (i % 3 == 0) {
      ASSERT_TRUE(print(1, {2}));
      expected += std::to_string(i) + ",<last>";
    } else {
      expected += std::to_string(i) + ",";
    }
    if (i % 2 == 1) channel_.drain();
  }
  channel_.drain();
  channel_.end();
  EXPECT_EQ(text_, expected);
}

TEST_F(print_channel_test, WaitsForRecordsThatAreBeingWritten) {
  channel_.begin();
  ASSERT_TRUE(print(0, {1}));
  ASSERT_TRUE(print(0, {2}));
  const std::uint64_t header = std::exchange(word(0), 0);
  channel_.drain();
  EXPECT_EQ(text_, "");
  word(0) = header;
  channel_.drain();
  EXPECT_EQ(text_, "1,2,");
  channel_.end();
}

TEST_F(print_channel_test, GoesOnAfterRecordsWereLost) {
  channel_.begin();
  for (int i = 0; i < 4; ++i)
    ASSERT_TRUE(print(0, {7}));
  EXPECT_FALSE(print(0, {8}));
  EXPECT_FALSE(print(0, {9}));
  channel_.drain();
  EXPECT_TRUE(print(0, {10})); // where what was lost would have been
  channel_.drain();
  EXPECT_EQ(text_, "7,7,7,7,10,");
  channel_.end();
  channel_.begin();
  ASSERT_TRUE(print(0, {11}));
  channel_.drain();
  channel_.end();
  EXPECT_EQ(text_, "7,7,7,7,10,11,");
}

TEST_F(print_channel_test, SurvivesRecordsThatMakeNoSense) {
  channel_.begin();
  ASSERT_TRUE(print(77, {1}));
  ASSERT_TRUE(print(1, {1u << 20}));
  word(32) = 0xffffffffffffffff;
  channel_.drain();
  channel_.end();
  EXPECT_EQ(text_, "<(null)>");
  for (int i = 0; i < 9; ++i) { // all the way round
    channel_.begin();
    ASSERT_TRUE(print(0, {3}));
    channel_.drain();
    channel_.end();
  }
  EXPECT_EQ(text_, "<(null)>3,3,3,3,3,3,3,3,3,");
}

TEST_F(print_channel_test, SurvivesARingThatWasWrittenOver) {
  channel_.begin();
  ASSERT_TRUE(print(0, {1}));
  ring().capacity = 0;
  ring().consumed = 40;
  channel_.drain();
  channel_.end();
  EXPECT_EQ(text_, "1,");
}

TEST_F(print_channel_test, HandsOnAtTheEndWhatNobodyHadReadYet) {
  channel_.begin();
  ASSERT_TRUE(print(0, {1}));
  channel_.end();
  EXPECT_EQ(text_, "1,");
}

} // namespace
} // namespace dotcompute::cuda
