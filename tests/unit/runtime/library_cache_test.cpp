// SPDX-License-Identifier: MIT
#include "drivers/cpu/library_cache.hpp"
#include "runtime_fixture.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace dotcompute::test {
namespace {

/// The same library in as many different byte strings as asked for: what follows an ELF object's sections is ignored.
std::vector<std::byte> variant(std::size_t number) {
  auto bytes = read_bytes(hand_written_kernels());
  bytes.resize(bytes.size() + number);
  return bytes;
}

} // namespace

TEST(library_cache, equal_bytes_are_loaded_once) {
  cpu::library_cache cache(2);
  const auto first = cache.load("first", variant(0)), again = cache.load("again", variant(0));
  EXPECT_EQ(first, again);
  EXPECT_NE(cache.load("other", variant(1)), first);
}

TEST(library_cache, the_least_recently_used_is_dropped_and_lives_on_with_its_user) {
  cpu::library_cache cache(2);
  const auto a = cache.load("a", variant(0));
  cache.load("b", variant(1));
  cache.load("a", variant(0));
  const std::weak_ptr<const dynamic_library> b = cache.load("b", variant(1));
  cache.load("a", variant(0));
  cache.load("c", variant(2));
  EXPECT_TRUE(b.expired());
  EXPECT_EQ(cache.load("a", variant(0)), a);
  cache.load("d", variant(3));
  cache.load("e", variant(4));
  EXPECT_NE(cache.load("a", variant(0)), a);
  EXPECT_NE(a->find("kernel_scale"), nullptr);
}

TEST(library_cache, bytes_that_are_no_library_are_refused_and_not_kept) {
  cpu::library_cache cache(2);
  const std::vector<std::byte> junk(100);
  for (int i = 0; i < 2; ++i)
    EXPECT_THROW(cache.load("junk", junk), error);
}

TEST(library_cache, threads_may_load_at_the_same_time) {
  cpu::library_cache cache(3);
  std::vector<std::jthread> threads;
  std::atomic<int> missing = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i)
        missing += cache.load("x", variant(static_cast<std::size_t>((i + t) % 5)))->find("kernel_scale") == nullptr;
    });
  threads.clear();
  EXPECT_EQ(missing, 0);
}

} // namespace dotcompute::test
