// SPDX-License-Identifier: MIT
// Memory that a worker of a GPU makes, and of which the service has nothing but a descriptor.
#include "isolation/address_range.hpp"
#include "isolation/list_devices.hpp"
#include "isolation/worker_link.hpp"

#include <dotcompute/error.hpp>

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <cstdint>

namespace dotcompute::isolated {
namespace {

std::uint64_t free_bytes(worker_link& link) {
  const auto known = link.ask_memory().free_bytes;
  EXPECT_TRUE(known);
  return known ? *known : 0;
}

TEST(worker_link, lets_memory_go_whose_descriptor_finds_no_place) {
  worker_link link(find_worker(), {.kind = driver_kind::cuda, .ordinal = 0, .id = "cuda:0"}, [](std::string_view) {});
  link.open(0);
  const std::uint64_t bytes = link.description().segment_granularity, before = free_bytes(link);
  std::byte* const place = next_address(bytes);

  rlimit limits{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limits), 0);
  const rlimit none{3, limits.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  error_code code = error_code::unknown;
  try {
    link.make_segment(buffer_kind::device_local, bytes, place);
  } catch (const error& e) {
    code = e.code();
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limits), 0);
  EXPECT_EQ(code, error_code::out_of_handles);
  EXPECT_EQ(free_bytes(link), before);

  const auto made = link.make_segment(buffer_kind::device_local, bytes, place); // the address is free as well
  EXPECT_LT(free_bytes(link), before);
  link.remove_segment(made.number);
  EXPECT_EQ(free_bytes(link), before);
}

} // namespace
} // namespace dotcompute::isolated
