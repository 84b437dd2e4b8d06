// SPDX-License-Identifier: MIT
// Memory that two processes map: where segments lie, what a descriptor's holder can do to them, pages that are
// replaced.
#include "drivers/file_segment.hpp"
#include "isolation/address_range.hpp"
#include "support/shared_memory.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace dotcompute {
namespace {

constexpr std::uint64_t segment_bytes = drivers::file_segment_granularity;

TEST(address_range, gives_places_that_do_not_meet) {
  std::byte* last_end = nullptr;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t bytes = (1 + i % 7) * (std::uint64_t{30} << 20);
    std::byte* const place = isolated::next_address(bytes);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(place) % (32 << 20), 0u);
    ASSERT_TRUE(!last_end || place > last_end);
    last_end = place + bytes;
  }
}

TEST(shared_memory, nobody_can_change_its_size) {
  const shared_memory m("dotcompute test", 10000);
  EXPECT_EQ(m.size(), 12288u);
  for (const off_t size : {off_t{0}, off_t{4096}, off_t{1} << 20}) {
    EXPECT_EQ(::ftruncate(m.file(), size), -1);
    EXPECT_EQ(errno, EPERM);
  }
  EXPECT_EQ(::fcntl(m.file(), F_ADD_SEALS, F_SEAL_WRITE), -1);
  m.data()[m.size() - 1] = std::byte{1};
}

TEST(shared_memory, pages_are_taken_over_in_place) {
  shared_memory m("dotcompute test", 8192);
  std::byte* const place = m.data();
  m.data()[5000] = std::byte{1};
  const shared_memory old(file_descriptor(::dup(m.file())), 8192);
  shared_memory fresh("dotcompute test", 8192);
  fresh.data()[5000] = std::byte{2};
  const int file = fresh.file();
  m.take_over(std::move(fresh));
  EXPECT_EQ(m.data(), place);
  EXPECT_EQ(m.file(), file);
  EXPECT_EQ(m.data()[5000], std::byte{2});
  old.data()[5000] = std::byte{3}; // who has the old pages reaches nobody
  EXPECT_EQ(m.data()[5000], std::byte{2});
  EXPECT_EQ(fresh.data(), nullptr);
}

TEST(file_segment, is_where_it_is_told_and_another_mapping_has_its_pages) {
  std::byte* const place = isolated::next_address(segment_bytes);
  drivers::file_segment s("cpu:0", segment_bytes, place);
  ASSERT_EQ(static_cast<void*>(s.address), place);
  auto* const bytes = reinterpret_cast<unsigned char*>(place);
  bytes[12345] = 77;
  drivers::file_segment other("cpu:0", segment_bytes, s.file, isolated::next_address(segment_bytes));
  ASSERT_NE(static_cast<void*>(other.address), place);
  EXPECT_EQ(reinterpret_cast<unsigned char*>(other.address)[12345], 77);
  EXPECT_EQ(::ftruncate(s.file, 0), -1);
  EXPECT_EQ(errno, EPERM);
}

TEST(file_segment, does_not_lie_where_something_is) {
  std::byte* const place = isolated::next_address(segment_bytes);
  drivers::file_segment first("cpu:0", segment_bytes, place);
  reinterpret_cast<unsigned char*>(place)[1] = 5;
  try {
    drivers::file_segment second("cpu:0", segment_bytes, place);
    FAIL() << "nothing was thrown";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::out_of_handles) << e.what();
  }
  EXPECT_EQ(reinterpret_cast<unsigned char*>(place)[1], 5);
}

TEST(file_segment, refuses_a_file_that_is_too_short) {
  const shared_memory little("dotcompute test", 4096);
  try {
    drivers::file_segment s("cpu:0", segment_bytes, little.file(), isolated::next_address(segment_bytes));
    FAIL() << "nothing was thrown";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::invalid_size) << e.what();
  }
}

} // namespace
} // namespace dotcompute
