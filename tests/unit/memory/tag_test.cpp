// SPDX-License-Identifier: MIT
// Owner tags: what each holds, and may hold; and how that is counted.
#include "fake_device.hpp"
#include "memory/counters.hpp"

namespace dotcompute::memory::test {
namespace {

class tags : public pools {};

TEST_F(tags, AreInterned) {
  pool p(device, small_options());
  const tag_id a = p.tag("a"), b = p.tag("b");
  EXPECT_NE(a, b);
  EXPECT_EQ(p.tag("a"), a);
  EXPECT_EQ(p.tag(""), untagged);
  EXPECT_EQ(p.tag_name(b), "b");
  EXPECT_EQ(p.tag_name(tag_id{1000}), "");
  EXPECT_EQ(failure_of([&] { p.tag(std::string(5000, 'x')); }).code(), error_code::limit_exceeded);
}

TEST_F(tags, AreBounded) {
  pool p(device, small_options());
  for (int i = 1; i < 65'536; ++i)
    ASSERT_NO_THROW(p.tag("tag " + std::to_string(i)));
  EXPECT_EQ(failure_of([&] { p.tag("one more"); }).code(), error_code::limit_exceeded);
  const tag_id last = p.tag("tag 65535");
  const auto a = p.allocate({.bytes = 700, .tag = last});
  EXPECT_EQ(p.tags().back().live_bytes, 700u);
  p.free(a.handle);
  EXPECT_EQ(p.tags().back().live_bytes, 0u);
  EXPECT_EQ(p.tags().back().peak_bytes, 700u);
}

TEST_F(tags, KnowWhatTheyHold) {
  pool p(device, small_options());
  const tag_id tenant = p.tag("tenant");
  const auto a = p.allocate({.bytes = 1000, .tag = tenant}), b = p.allocate({.bytes = 500'000, .tag = tenant});
  const auto c = p.allocate({.bytes = 1});
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  auto report = p.tags();
  EXPECT_EQ(report[0].name, "");
  EXPECT_EQ(report[0].live_bytes, 1u);
  EXPECT_EQ(report[1].live_bytes, 501'000u);
  EXPECT_EQ(report[1].live_blocks, 2u);
  EXPECT_GE(report[1].peak_bytes, 501'000u);
  EXPECT_FALSE(report[1].budget_bytes);
  ASSERT_TRUE(report[1].oldest_age);
  EXPECT_GE(*report[1].oldest_age, std::chrono::milliseconds(20));
  EXPECT_LT(*report[1].oldest_age, std::chrono::minutes(5));
  // Freed by another thread: the figures of both add up.
  std::thread([&] { p.free(b.handle); }).join();
  p.free(a.handle);
  report = p.tags();
  EXPECT_EQ(report[1].live_bytes, 0u);
  EXPECT_EQ(report[1].live_blocks, 0u);
  EXPECT_FALSE(report[1].oldest_age);
  p.free(c.handle);
}

TEST(tag_differences, AreSigned) {
  tag_difference d;
  EXPECT_EQ(d.add(100, true), -100); // freed here, allocated elsewhere
  EXPECT_EQ(d.blocks(), -1);
  EXPECT_EQ(d.add(50, true), -150);
  EXPECT_EQ(d.blocks(), -2);
  EXPECT_EQ(d.add(tag_difference::too_large - 1, false), static_cast<std::int64_t>(tag_difference::too_large) - 151);
  EXPECT_EQ(d.blocks(), -1);
  EXPECT_EQ(d.add(1, false), static_cast<std::int64_t>(tag_difference::too_large) - 150);
  EXPECT_EQ(d.blocks(), 0);
  d.clear();
  for (int i = 0; i < 1'000'000; ++i)
    d.add(1, false);
  EXPECT_EQ(d.bytes(), 1'000'000);
  EXPECT_EQ(d.blocks(), 1'000'000);
}

TEST_F(tags, BudgetsMayComeAndGoWhileBlocksLive) {
  pool p(device, small_options());
  const tag_id tenant = p.tag("tenant");
  const auto before = p.allocate({.bytes = 1000, .tag = tenant});
  p.set_budget(tenant, 2000);
  const auto under = p.allocate({.bytes = 1000, .tag = tenant});
  EXPECT_THROW(p.allocate({.bytes = 1, .tag = tenant}), allocation_error);
  p.set_budget(tenant, {});
  const auto after = p.allocate({.bytes = 3000, .tag = tenant});
  EXPECT_EQ(p.tags()[1].live_bytes, 5000u);
  p.free(under.handle);
  p.free(before.handle);
  p.set_budget(tenant, 3001);
  EXPECT_EQ(p.tags()[1].live_bytes, 3000u);
  EXPECT_THROW(p.allocate({.bytes = 2, .tag = tenant}), allocation_error);
  p.free(p.allocate({.bytes = 1, .tag = tenant}).handle);
  p.free(after.handle);
  EXPECT_EQ(p.tags()[1].live_bytes, 0u);
  EXPECT_EQ(p.tags()[1].live_blocks, 0u);
}

TEST_F(tags, BudgetsAreExact) {
  pool p(device, small_options());
  const tag_id tenant = p.tag("tenant");
  // Some of it was allocated before there was a budget, and on another thread.
  block_handle before{};
  std::thread([&] { before = p.allocate({.bytes = 600, .tag = tenant}).handle; }).join();
  p.set_budget(tenant, 1000);
  const auto a = p.allocate({.bytes = 400, .tag = tenant});
  const auto e = failure_of<allocation_error>([&] { p.allocate({.bytes = 1, .tag = tenant}); });
  EXPECT_EQ(e.cause(), allocation_failure::budget);
  EXPECT_NE(e.message().find("'tenant'"), std::string::npos) << e.what();
  p.free(p.allocate({.bytes = 1}).handle); // others are not concerned
  p.free(before);
  const auto b = p.allocate({.bytes = 600, .tag = tenant});
  EXPECT_EQ(p.tags()[1].refused, 1u);
  EXPECT_EQ(p.tags()[1].peak_bytes, 1000u);
  EXPECT_EQ(p.tags()[1].budget_bytes, 1000u);
  EXPECT_EQ(p.tags()[1].live_blocks, 2u);
  p.set_budget(tenant, known<std::uint64_t>());
  p.free(p.allocate({.bytes = 5000, .tag = tenant}).handle);
  p.free(a.handle);
  p.free(b.handle);
  EXPECT_EQ(p.tags()[1].live_bytes, 0u);
  EXPECT_EQ(p.tags()[1].live_blocks, 0u);
  EXPECT_EQ(failure_of([&] { p.set_budget(tag_id{77}, 1); }).code(), error_code::invalid_argument);
}

TEST_F(tags, AFailedRequestIsNotCharged) {
  auto options = small_options();
  options.capacity = mebi;
  pool p(device, options);
  const tag_id tenant = p.tag("tenant");
  p.set_budget(tenant, 2 * mebi);
  const auto all = p.allocate({.bytes = mebi});
  EXPECT_EQ(failure_of<allocation_error>([&] { p.allocate({.bytes = mebi, .tag = tenant}); }).cause(),
            allocation_failure::capacity);
  EXPECT_EQ(p.tags()[1].live_bytes, 0u);
  p.free(all.handle);
}

TEST_F(tags, BudgetsHoldAmongThreads) {
  pool p(device, small_options());
  const tag_id tenant = p.tag("tenant");
  p.set_budget(tenant, 10'000);
  std::vector<std::thread> all;
  std::atomic<std::int64_t> live{0}, most{0};
  for (int t = 0; t < 4; ++t)
    all.emplace_back([&] {
      for (int i = 0; i < 2000; ++i)
        try {
          const auto a = p.allocate({.bytes = 3000, .tag = tenant});
          const auto now = live += 3000;
          for (auto seen = most.load(); seen < now && !most.compare_exchange_weak(seen, now);) {
          }
          live -= 3000;
          p.free(a.handle);
        } catch (const allocation_error&) {
        }
    });
  for (auto& t : all)
    t.join();
  EXPECT_LE(most, 10'000);
  EXPECT_EQ(p.tags()[1].live_bytes, 0u);
}

} // namespace
} // namespace dotcompute::memory::test
