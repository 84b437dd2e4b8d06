// SPDX-License-Identifier: MIT
// Drivers that fail, callbacks that help or do not.
#include "fake_device.hpp"

#include <random>

namespace dotcompute::memory::test {
namespace {

/// Allocations and frees of all kinds and ways; returns how many failed with a typed error.
int mixed_scenario(fake_device& device, const std::shared_ptr<fake_device>& shared) {
  int failed = 0;
  pool p(shared, small_options());
  const auto line = std::make_shared<fake_queue>();
  line->completes_when_waited_for = true;
  const queue_id q = p.attach_queue(line);
  std::mt19937 random(3);
  std::vector<block_handle> live;
  std::uint64_t number = 0;
  for (int i = 0; i < 400; ++i) {
    if (live.empty() || random() % 3 != 0) {
      try {
        const std::uint64_t bytes = random() % 8 == 0 ? random() % (6 * mebi) + 1 : random() % 200'000 + 1;
        const auto kind = static_cast<buffer_kind>(random() % buffer_kinds);
        live.push_back(p.allocate({.bytes = bytes, .kind = kind, .queue = random() % 2 ? q : no_queue}).handle);
      } catch (const error& e) {
        EXPECT_EQ(e.code(), device.failure) << e.what();
        ++failed;
      }
    } else {
      std::swap(live[random() % live.size()], live.back());
      if (random() % 2)
        p.free_on(live.back(), q, ++number);
      else
        p.free(live.back());
      live.pop_back();
    }
    if (i % 100 == 99) {
      line->reach(number);
      p.trim();
    }
    if (i % 50 == 0) {
      EXPECT_NO_THROW(p.check());
    }
  }
  EXPECT_NO_THROW(p.check());
  for (const auto h : live)
    p.free(h);
  line->reach(number);
  p.trim();
  EXPECT_EQ(p.statistics().reserved_bytes, 0u) << "nothing is lost";
  EXPECT_EQ(p.statistics().live_blocks, 0u);
  EXPECT_EQ(device.counts->live_segments, 0u);
  return failed;
}

TEST(pool_failures, EveryDriverCallMayFail) {
  // A single failure is overcome: by a smaller segment, or by asking once more.
  std::uint64_t calls = 0;
  for (std::uint64_t k = 1;; ++k) {
    const auto device = std::make_shared<fake_device>();
    device->fails_at = k;
    EXPECT_EQ(mixed_scenario(*device, device), 0) << "call " << k;
    EXPECT_EQ(device->counts->live_segments, 0u);
    calls = device->counts->calls;
    if (calls < k) break;
  }
  EXPECT_GT(calls, 20u) << "or this would prove little";
}

TEST(pool_failures, EveryDriverCallMayBeTheLastThatSucceeds) {
  for (std::uint64_t k = 1; k < 30; ++k) {
    const auto device = std::make_shared<fake_device>();
    device->fails_from = k;
    device->fails_until = ~std::uint64_t{0};
    EXPECT_GT(mixed_scenario(*device, device), 0) << "call " << k;
    EXPECT_EQ(device->counts->live_segments, 0u);
  }
}

TEST(pool_failures, FatalErrorsPassThroughAtOnce) {
  for (const error_code code : {error_code::device_lost, error_code::system_call_failed, error_code::internal}) {
    const auto device = std::make_shared<fake_device>();
    device->failure = code;
    device->fails_from = 1;
    device->fails_until = ~std::uint64_t{0};
    pool p(device, small_options());
    int called = 0;
    const auto callback = p.on_pressure(0, [&](std::uint64_t) { return static_cast<std::uint64_t>(++called); });
    const error e = failure_of([&] { p.allocate({.bytes = 1000}); });
    EXPECT_EQ(e.code(), code);
    EXPECT_EQ(called, 0) << "memory is not what is missing";
    EXPECT_EQ(device->counts->calls, 1u) << "and it is not tried again";
    const auto s = p.statistics();
    EXPECT_EQ(s.shortages, 0u);
    EXPECT_EQ(s.retries, 0u);
    EXPECT_EQ(s.reserved_bytes, 0u);
    p.check();
  }
}

TEST(pool_failures, CallbacksComeByPriorityAndOnlyAsManyAsItTakes) {
  const auto device = std::make_shared<fake_device>();
  auto options = small_options();
  options.capacity = 2 * mebi;
  pool p(device, options);
  const auto first = p.allocate({.bytes = mebi});
  const auto second = p.allocate({.bytes = mebi});
  std::string order;
  const auto low = p.on_pressure(-1, [&](std::uint64_t) -> std::uint64_t {
    order += "l";
    return 0;
  });
  const auto high = p.on_pressure(5, [&](std::uint64_t) -> std::uint64_t {
    order += "h";
    throw std::runtime_error("cannot");
  });
  const auto middle = p.on_pressure(0, [&](std::uint64_t wanted) -> std::uint64_t {
    order += "m";
    EXPECT_EQ(wanted, mebi);
    p.free(first.handle);
    // A callback may allocate, but no callback is called for that.
    EXPECT_THROW(p.allocate({.bytes = 2 * mebi}), allocation_error);
    return mebi;
  });
  const auto got = p.allocate({.bytes = mebi});
  EXPECT_EQ(order, "hm");
  EXPECT_EQ(p.statistics().spills, 2u);
  { auto gone = std::move(const_cast<std::shared_ptr<detail::pressure_registration>&>(middle)); }
  order.clear();
  EXPECT_THROW(p.allocate({.bytes = mebi}), allocation_error);
  EXPECT_EQ(order, "hl");
  p.free(got.handle);
  p.free(second.handle);
  p.check();
}

TEST(pool_failures, UnusedMemoryOfOtherKindsIsReturnedFirst) {
  const auto device = std::make_shared<fake_device>();
  device->memory = 4 * mebi;
  auto options = small_options();
  options.retained_bytes = 64 * mebi;
  pool p(device, options);
  p.free(p.allocate({.bytes = 3 * mebi, .kind = buffer_kind::scratch}).handle);
  EXPECT_EQ(p.statistics().reserved_bytes, 3 * mebi) << "retained";
  p.free(p.allocate({.bytes = 4 * mebi, .kind = buffer_kind::device_local}).handle);
  EXPECT_EQ(p.statistics().failures, (std::array<std::uint64_t, allocation_failures>{}));
}

} // namespace
} // namespace dotcompute::memory::test
