// SPDX-License-Identifier: MIT
#include "drivers/address_table.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace dotcompute::drivers {
namespace {

TEST(address_table, KnowsWhatLiesWhollyInOneRange) {
  address_table t;
  EXPECT_EQ(t.find(0x1000, 1), residence::elsewhere);
  t.insert(0x10000, 0x1000, residence::device);
  t.insert(0x11000, 0x1000, residence::host);
  EXPECT_EQ(t.find(0xffff, 1), residence::elsewhere);
  EXPECT_EQ(t.find(0x10000, 0x1000), residence::device);
  EXPECT_EQ(t.find(0x10fff, 1), residence::device);
  EXPECT_EQ(t.find(0x11000, 1), residence::host);
  EXPECT_EQ(t.find(0x12000, 1), residence::elsewhere);
  EXPECT_EQ(t.find(0x12000, 0), residence::elsewhere);
}

TEST(address_table, RangesThatLeaveOneBelongToNobody) {
  address_table t;
  t.insert(0x10000, 0x1000, residence::device);
  t.insert(0x11000, 0x1000, residence::device);
  EXPECT_EQ(t.find(0x10ff0, 0x20), residence::elsewhere);
  EXPECT_EQ(t.find(0x10000, 0x1001), residence::elsewhere);
  EXPECT_EQ(t.find(0x10800, ~std::uint64_t{0}), residence::elsewhere);
  EXPECT_EQ(t.find(~std::uintptr_t{0}, 1), residence::elsewhere);
}

TEST(address_table, ForgetsWhatIsErased) {
  address_table t;
  t.insert(0x10000, 0x1000, residence::device);
  t.erase(0x10000);
  t.erase(0x10000);
  EXPECT_EQ(t.find(0x10000, 1), residence::elsewhere);
  t.insert(0x10000, 0x800, residence::host);
  EXPECT_EQ(t.find(0x10000, 0x800), residence::host);
  EXPECT_EQ(t.find(0x10800, 1), residence::elsewhere);
}

TEST(address_table, IsReadWhileItChanges) {
  address_table t;
  t.insert(0x10000, 0x1000, residence::device);
  std::atomic<bool> stop{false};
  std::thread changer([&] {
    for (std::uintptr_t i = 0; i < 20000; ++i) {
      t.insert(0x100000 + i % 64 * 0x1000, 0x1000, residence::host);
      t.erase(0x100000 + (i + 32) % 64 * 0x1000);
    }
    stop = true;
  });
  std::uint64_t wrong = 0;
  while (!stop)
    wrong += t.find(0x10010, 16) != residence::device;
  changer.join();
  EXPECT_EQ(wrong, 0u);
}

} // namespace
} // namespace dotcompute::drivers
