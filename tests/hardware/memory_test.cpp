// SPDX-License-Identifier: MIT
// Memory of a real GPU: every byte arrives, and statistics agree with the driver while others allocate.
#include "gpu_fixture.hpp"

#include <chrono>
#include <cstdio>
#include <future>
#include <poll.h>
#include <random>
#include <thread>
#include <unistd.h>

namespace dotcompute::hardware {

int allocating_child(std::uint64_t bytes) {
  const raw_context current;
  raw::address memory = 0;
  raw::check(driver(), driver().allocate(&memory, bytes), "cuMemAlloc");
  std::printf("allocated\n");
  std::fflush(stdout);
  std::this_thread::sleep_for(std::chrono::seconds(3));
  raw::check(driver(), driver().free(memory), "cuMemFree");
  return 0;
}

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;

std::vector<std::byte> random_bytes(std::size_t count) {
  std::mt19937_64 engine(count);
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i)
    bytes[i] = static_cast<std::byte>(engine() >> 56);
  return bytes;
}

device_memory_figures figures(const device& d) {
  // The device is asked again each time; the first answers may be the last ones that were heard.
  for (int attempt = 0;; ++attempt) {
    const auto statistics = d.memory().statistics_async().get();
    if (statistics.device.has_value() && !statistics.device->is_stale) return *statistics.device;
    if (attempt == 100) throw std::runtime_error("the device did not say how much memory it has");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

} // namespace

using Memory = opened_gpu;

TEST_F(Memory, BytesOfEverySizeArriveAndReturn) {
  queue commands(opened());
  for (const std::size_t bytes : {1ul, 3ul, 255ul, 4097ul, 65536ul, 1048575ul, 33554435ul}) {
    const auto sent = random_bytes(bytes);
    const untyped_buffer first(opened(), bytes, buffer_kind::device_local),
        second(opened(), bytes, buffer_kind::scratch);
    commands.write_bytes(first, sent.data(), bytes);
    commands.copy_bytes(first, second);
    std::vector<std::byte> received(bytes);
    commands.read_bytes(second, received.data(), bytes).wait();
    EXPECT_TRUE(received == sent) << bytes << " bytes";
  }
}

TEST_F(Memory, HostSharedBuffersAreSeenByBothSides) {
  queue commands(opened());
  const std::size_t bytes = 5 * mebibyte + 17;
  const auto sent = random_bytes(bytes);
  const untyped_buffer shared(opened(), bytes, buffer_kind::host_shared),
      local(opened(), bytes, buffer_kind::device_local);
  std::copy(sent.begin(), sent.end(), shared.host_address());
  commands.copy_bytes(shared, local).wait();
  std::fill_n(shared.host_address(), bytes, std::byte{0});
  commands.copy_bytes(local, shared).wait();
  EXPECT_TRUE(std::equal(sent.begin(), sent.end(), shared.host_address()));
}

TEST_F(Memory, NewBuffersAreZeroEvenWhereOthersWrote) {
  queue commands(opened());
  const std::size_t bytes = 4 * mebibyte;
  {
    const untyped_buffer dirty(opened(), bytes, buffer_kind::device_local);
    const std::uint32_t pattern = 0xdeadbeef;
    commands.fill_bytes(dirty, &pattern, sizeof pattern).wait();
  }
  const untyped_buffer fresh(opened(), bytes, buffer_kind::device_local);
  std::vector<std::byte> content(bytes, std::byte{1});
  commands.read_bytes(fresh, content.data(), bytes).wait();
  EXPECT_TRUE(std::all_of(content.begin(), content.end(), [](std::byte b) { return b == std::byte{0}; }));
}

TEST_F(Memory, StatisticsAgreeWithTheDriverWhileAnotherProcessAllocates) {
  const raw_context current;
  constexpr std::uint64_t others = 1024 * mebibyte, slack = 64 * mebibyte;
  // What the pool holds at the start is in both figures.
  const auto before = figures(opened());
  ASSERT_TRUE(before.total_bytes.has_value() && before.free_bytes.has_value());

  auto child = std::async(std::launch::async, [] { return run_child({"allocate", std::to_string(others)}); });
  bool seen = false;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!seen && std::chrono::steady_clock::now() < deadline) {
    const auto now = figures(opened());
    std::size_t free_bytes = 0, total_bytes = 0;
    raw::check(driver(), driver().memory_information(&free_bytes, &total_bytes), "cuMemGetInfo");
    EXPECT_EQ(now.total_bytes.value_or(0), total_bytes);
    if (now.free_bytes.value_or(0) + others > before.free_bytes.value() + slack) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      continue;
    }
    seen = true;
    EXPECT_NEAR(static_cast<double>(now.free_bytes.value_or(0)), static_cast<double>(free_bytes), slack);
    EXPECT_GE(now.used_by_others_bytes.value_or(0), others);
    EXPECT_NEAR(static_cast<double>(now.used_by_others_bytes.value_or(0)) -
                    static_cast<double>(before.used_by_others_bytes.value_or(0)),
                static_cast<double>(before.free_bytes.value()) - static_cast<double>(now.free_bytes.value_or(0)),
                slack);
  }
  EXPECT_TRUE(seen) << "the other process's GiB was never seen";
  EXPECT_EQ(child.get(), "allocated\n");
}

} // namespace dotcompute::hardware
