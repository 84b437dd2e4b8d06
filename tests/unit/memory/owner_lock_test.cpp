// SPDX-License-Identifier: MIT
#include "memory/owner_lock.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace dotcompute::memory::test {
namespace {

// A plain counter: were two inside at once, increments would be lost, and ThreadSanitizer would say so.
TEST(owner_lock, OwnerAndClaimantsExcludeEachOther) {
  owner_lock lock;
  std::uint64_t inside = 0;
  constexpr std::uint64_t owned = 2'000'000, claimed = 2'000;
  std::thread owner([&] {
    for (std::uint64_t i = 0; i < owned; ++i) {
      lock.enter();
      ++inside;
      lock.leave();
    }
  });
  std::vector<std::thread> claimants;
  for (int t = 0; t < 2; ++t)
    claimants.emplace_back([&] {
      for (std::uint64_t i = 0; i < claimed; ++i) {
        lock.claim();
        ++inside;
        lock.unclaim();
      }
    });
  owner.join();
  for (auto& t : claimants)
    t.join();
  EXPECT_EQ(inside, owned + 2 * claimed);
}

} // namespace
} // namespace dotcompute::memory::test
