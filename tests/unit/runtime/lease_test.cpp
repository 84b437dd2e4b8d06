// SPDX-License-Identifier: MIT
// Leases: what belongs to one, its limits, and how it ends without anybody else noticing.
#include "runtime_fixture.hpp"

#include <dotcompute/lease.hpp>
#include <dotcompute/memory.hpp>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <numeric>
#include <optional>
#include <stop_token>
#include <thread>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

class leases : public runtime {
 protected:
  explicit leases(const open_options& options = of(64 << 20)) : runtime(options) {}
  static open_options of(std::uint64_t budget) {
    open_options o;
    o.threads = 4;
    o.memory_budget = budget;
    o.default_wait = 20s;
    return o;
  }
  static revoke_options at_once(std::chrono::nanoseconds grace) {
    revoke_options o = revoke_options::at_once();
    o.grace = grace;
    return o;
  }

  kernel gate = kernels.kernel("gate"), append = kernels.kernel("append"), scale = kernels.kernel("scale");
  buffer<int> flags = buffer<int>::host_shared(dev, 2);
  void open_gate() { __atomic_store_n(flags.span().data(), 1, __ATOMIC_RELEASE); }
  bool gate_is_reached() {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (__atomic_load_n(flags.span().data() + 1, __ATOMIC_ACQUIRE) == 0)
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }
  void expect_works(const dotcompute::device& d) {
    queue q(d);
    buffer<int> list(d, 8);
    q.launch(append, 1, list, 7);
    q.finish();
    EXPECT_EQ(list.to_vector()[1], 7);
  }
};

TEST_F(leases, what_is_made_through_one_ends_with_it_and_nothing_else_does) {
  const lease acme(dev, {.name = "acme"});
  queue q(acme.device(), {.name = "q"}), others(dev);
  buffer<int> list(acme.device(), 100), shared(dev, 100);
  const event done = q.launch(append, 1, list, 5);
  q.launch(append, 1, shared, 6); // what is of no lease can be used by all
  q.finish();
  EXPECT_EQ(list.to_vector()[1], 5);
  EXPECT_EQ(acme.statistics().bytes, 400u);
  EXPECT_EQ(acme.statistics().buffers, 1u);
  EXPECT_EQ(acme.statistics().queues, 1u);
  EXPECT_EQ(dev.leases(), std::vector{acme});
  EXPECT_NE(acme.device(), dev);
  EXPECT_EQ(q.owner(), acme.device());
  EXPECT_EQ(list.raw().owner(), acme.device());

  const revoke_result r = acme.revoke();
  EXPECT_EQ(r.lease, "acme");
  EXPECT_EQ(r.buffers_ended, 1u);
  EXPECT_EQ(r.bytes_freed, 400u);
  EXPECT_EQ(r.bytes_held, 0u);
  EXPECT_GE(r.queues_ended, 1u);
  EXPECT_EQ(r.commands_abandoned, 0u);
  EXPECT_FALSE(r.replacement);
  EXPECT_EQ(acme.status(), lease_status::revoked);
  EXPECT_EQ(acme.statistics().bytes, 0u);
  EXPECT_TRUE(dev.leases().empty());
  done.wait(); // it was

  std::vector<int> out(100);
  const auto expect_refused = [&](const char* what, auto&& call) {
    const error e = failure_of(call);
    EXPECT_EQ(e.code(), error_code::lease_revoked) << what << ": " << e.what();
    EXPECT_NE(e.message().find("lease 'acme'"), std::string::npos) << what << ": " << e.what();
  };
  expect_refused("launch", [&] { q.launch(append, 1, shared, 1); });
  expect_refused("copy", [&] { q.fill(shared, 1); });
  expect_refused("marker", [&] { q.marker(); });
  expect_refused("wait", [&] { q.wait(done); });
  expect_refused("finish", [&] { q.finish(); });
  expect_refused("a buffer in a launch", [&] { others.launch(append, 1, list, 1); });
  expect_refused("a buffer in a copy", [&] { others.read(list, out); });
  expect_refused("to_vector", [&] { (void)list.to_vector(); });
  expect_refused("map", [&] { (void)list.map(); });
  expect_refused("slice", [&] { (void)list.slice(0, 1); });
  expect_refused("a queue", [&] { (void)queue(acme.device()); });
  expect_refused("a buffer", [&] { (void)buffer<int>(acme.device(), 1); });
  expect_refused("a program", [&] { (void)program::from_binary(acme.device(), {}); });

  EXPECT_EQ(acme.revoke().bytes_freed, 400u); // what was observed the first time
  others.launch(append, 1, shared, 7);
  others.finish();
  EXPECT_EQ(shared.to_vector()[2], 7);
  expect_works(dev);
  expect_works(lease(dev, {.name = "acme"}).device());
}

TEST_F(leases, a_budget_is_of_live_bytes) {
  const lease small(dev, {.name = "small", .memory_budget = 4096});
  const device d = small.device();
  std::optional<buffer<std::byte>> half(std::in_place, d, 2048);
  const buffer<std::byte> other_half(d, 2048);
  try {
    buffer<std::byte> more(d, 1);
    FAIL();
  } catch (const allocation_error& e) {
    EXPECT_EQ(e.cause(), allocation_failure::budget);
    EXPECT_NE(e.message().find("lease 'small'"), std::string::npos) << e.what();
  }
  EXPECT_EQ(small.statistics().refused, 1u);
  half.reset();
  queue q(d);
  buffer<std::byte> again(d, 2048);
  q.release(std::move(again)); // frees it for the lease, too
  buffer<std::byte> last(d, 2048);
  EXPECT_EQ(small.statistics().bytes, 4096u);
  EXPECT_EQ(small.statistics().peak_bytes, 4096u);
  // More than the device has fails without being counted.
  const lease large(dev, {.name = "large", .memory_budget = std::uint64_t{1} << 40});
  EXPECT_THROW(buffer<std::byte>(large.device(), 65 << 20), allocation_error);
  EXPECT_EQ(large.statistics().bytes, 0u);
  EXPECT_EQ(large.statistics().buffers, 0u);
}

TEST_F(leases, queues_are_limited_and_transfers_are_none_of_them) {
  const lease l(dev, {.name = "l", .most_queues = 1});
  std::optional<queue> only(std::in_place, l.device());
  EXPECT_EQ(failure_of([&] { (void)queue(l.device()); }).code(), error_code::limit_exceeded);
  const std::vector<int> values(3 << 20, 9); // so much is carried by a queue
  EXPECT_EQ(buffer<int>(l.device(), values).to_vector(), values);
  const event kept = only->marker(); // keeps the queue, but no handle of it
  only.reset();
  const queue next(l.device());
  EXPECT_EQ(l.statistics().queues, 1u);
  kept.wait();
}

TEST_F(leases, buffers_of_one_are_of_no_use_outside) {
  const lease a(dev, {.name = "a"}), b(dev, {.name = "b"});
  const buffer<int> of_a(a.device(), 8), of_b(b.device(), 8), of_none(dev, 8);
  queue qa(a.device()), q(dev);
  std::vector<int> out(8);
  const auto code = [&](auto&& call) { return failure_of(call).code(); };
  EXPECT_EQ(code([&] { qa.launch(append, 1, of_b, 1); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { qa.copy(of_none, of_b); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { qa.copy(of_b, of_a); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { q.launch(append, 1, of_a, 1); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { q.read(of_a, out); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { q.fill(of_a, 1); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { q.release_bytes(of_a.raw()); }), error_code::wrong_lease);
  allocation_options first;
  first.first_used_on = &qa;
  EXPECT_EQ(code([&] { (void)buffer<int>(dev, 8, first); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { (void)buffer<int>(b.device(), 8, first); }), error_code::wrong_lease);
  const error named = failure_of([&] { qa.fill(of_b, 1); });
  EXPECT_NE(named.message().find("lease 'b'"), std::string::npos) << named.what();
  EXPECT_NE(named.message().find("lease 'a'"), std::string::npos) << named.what();
  qa.copy(of_none, of_a);
  qa.copy(of_a, of_none);
  qa.finish();
  EXPECT_EQ(code([&] { (void)a.device().reset(); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { (void)a.device().reset_async(); }), error_code::wrong_lease);
  EXPECT_EQ(code([&] { (void)lease(a.device(), {.name = "in another"}); }), error_code::invalid_argument);
  EXPECT_EQ(code([&] { (void)lease(dev, {}); }), error_code::invalid_argument);
}

TEST_F(leases, time_limits_go_to_the_queues) {
  if (dev.isolation() == isolation::none) {
    EXPECT_EQ(failure_of([&] { (void)lease(dev, {.name = "l", .time_limit = 1s}); }).code(), error_code::unsupported);
    return;
  }
  const lease l(dev, {.name = "l", .time_limit = 100ms});
  EXPECT_EQ(failure_of([&] { (void)queue(l.device(), {.time_limit = 1s}); }).code(), error_code::limit_exceeded);
  queue q(l.device());
  EXPECT_EQ(failure_of([&] { q.launch(gate, nd_range(1).within(1s), flags); }).code(), error_code::limit_exceeded);
  EXPECT_EQ(failure_of([&] { q.launch(gate, 1, flags).wait(); }).code(), error_code::kernel_hung);
}

TEST_F(leases, what_has_begun_ends_and_what_has_not_fails_by_name) {
  const lease l(dev, {.name = "tenant"});
  queue q(l.device(), {.name = "work"}), other(dev, {.name = "other"});
  buffer<int> list(l.device(), 2000);
  const event running = q.launch(gate, 1, flags);
  ASSERT_TRUE(gate_is_reached());
  std::vector<event> stored;
  for (int i = 0; i < 1000; ++i)
    stored.push_back(q.launch(append, 1, list, i));
  const event crossing = other.wait(stored.back());
  std::promise<error_code> told;
  stored[500].then([&](const event& e) { told.set_value(e.error()->code()); });

  auto revoked = l.revoke_async(at_once(10s));
  while (l.status() == lease_status::active)
    std::this_thread::yield();
  EXPECT_EQ(failure_of([&] { q.marker(); }).code(), error_code::lease_revoked);
  EXPECT_EQ(revoked.wait_for(30ms), std::future_status::timeout);
  open_gate();
  ASSERT_EQ(revoked.wait_for(20s), std::future_status::ready);
  const revoke_result r = revoked.get();
  EXPECT_EQ(r.commands_drained, 1u);
  EXPECT_EQ(r.commands_abandoned, 1000u);
  ASSERT_EQ(r.abandoned.size(), 256u);
  EXPECT_EQ(r.abandoned.front().queue, "work");
  EXPECT_EQ(r.abandoned.front().number, stored.front().number());
  EXPECT_NE(r.abandoned.front().what.find("append"), std::string::npos) << r.abandoned.front().what;
  EXPECT_FALSE(r.abandoned.front().is_culprit);
  EXPECT_FALSE(r.replacement);
  running.wait();
  for (const event& e : stored) {
    ASSERT_TRUE(e.is_complete());
    ASSERT_EQ(e.error()->code(), error_code::lease_revoked);
  }
  EXPECT_EQ(failure_of([&] { crossing.wait(); }).code(), error_code::lease_revoked);
  auto heard = told.get_future();
  ASSERT_EQ(heard.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(heard.get(), error_code::lease_revoked);
}

TEST_F(leases, a_queue_that_waits_for_another_ends_as_well) {
  const lease l(dev, {.name = "l"});
  queue q(l.device()), other(dev);
  const event held = other.launch(gate, 1, flags);
  ASSERT_TRUE(gate_is_reached());
  const event waiting = q.wait(held), behind = q.marker();
  const revoke_result r = l.revoke(at_once(50ms));
  EXPECT_EQ(r.commands_abandoned, 2u);
  EXPECT_EQ(failure_of([&] { waiting.wait(); }).code(), error_code::lease_revoked);
  EXPECT_EQ(failure_of([&] { behind.wait(); }).code(), error_code::lease_revoked);
  EXPECT_FALSE(held.is_complete());
  open_gate();
  held.wait();
}

TEST_F(leases, queued_work_is_waited_for_and_a_deadline_that_passes_changes_nothing) {
  const lease l(dev, {.name = "l"});
  queue q(l.device(), {.name = "slow"});
  buffer<int> list(l.device(), 100);
  q.launch(gate, 1, flags);
  for (int i = 0; i < 50; ++i)
    q.launch(append, 1, list, i);
  ASSERT_TRUE(gate_is_reached());
  const error e = failure_of([&] { (void)l.revoke({.pending = pending_work::wait, .deadline = 30ms}); });
  EXPECT_EQ(e.code(), error_code::deadline_exceeded) << e.what();
  EXPECT_NE(e.message().find("queue 'slow' has 51 commands"), std::string::npos) << e.what();
  EXPECT_EQ(l.status(), lease_status::active);
  q.launch(append, 1, list, 50);
  std::thread opener([this] {
    std::this_thread::sleep_for(30ms);
    open_gate();
  });
  const revoke_result r = l.revoke({.pending = pending_work::wait, .deadline = 10s});
  opener.join();
  EXPECT_EQ(r.commands_drained, 52u);
  EXPECT_EQ(r.commands_abandoned, 0u);
  EXPECT_GE(r.drained, 10ms);
  EXPECT_GE(r.total, r.drained);
}

TEST_F(leases, without_isolation_a_command_that_does_not_end_keeps_the_lease_as_it_was) {
  if (dev.isolation() != isolation::none) GTEST_SKIP() << "there its worker is replaced";
  const lease l(dev, {.name = "l"});
  queue q(l.device(), {.name = "stuck"});
  buffer<int> list(l.device(), 100);
  const event running = q.launch(gate, 1, flags), stored = q.launch(append, 1, list, 3);
  ASSERT_TRUE(gate_is_reached());
  for (const pending_work p : {pending_work::abandon, pending_work::wait_briefly}) {
    const error e = failure_of([&] { (void)l.revoke({.pending = p, .deadline = 20ms, .grace = 20ms}); });
    EXPECT_EQ(e.code(), error_code::deadline_exceeded) << e.what();
    EXPECT_NE(e.message().find("command 1 of queue 'stuck'"), std::string::npos) << e.what();
    EXPECT_NE(e.remedy().find("isolation::process"), std::string::npos) << e.what();
  }
  EXPECT_EQ(l.status(), lease_status::active);
  EXPECT_FALSE(stored.is_complete());
  open_gate();
  stored.wait();
  EXPECT_EQ(list.to_vector()[1], 3);
  (void)l.revoke();
}

TEST_F(leases, wrong_options_are_refused_at_once) {
  const lease l(dev, {.name = "l"});
  for (const auto deadline : {0ns, -1ns}) {
    EXPECT_EQ(failure_of([&] { (void)l.revoke({.deadline = deadline}); }).code(), error_code::invalid_argument);
    EXPECT_EQ(failure_of([&] { (void)l.revoke_async({.deadline = deadline}); }).code(), error_code::invalid_argument);
  }
  EXPECT_EQ(failure_of([&] { (void)l.revoke({.grace = -1ns}); }).code(), error_code::invalid_argument);
  EXPECT_EQ(l.status(), lease_status::active);
  lease moved(l), to(std::move(moved));
  EXPECT_EQ(failure_of([&] { (void)moved.name(); }).code(), error_code::invalid_handle);
  EXPECT_EQ(to.name(), "l");
}

TEST_F(leases, revoking_can_be_cancelled_repeated_and_done_by_several_at_once) {
  const lease l(dev, {.name = "l"});
  queue q(l.device());
  const event running = q.launch(gate, 1, flags);
  ASSERT_TRUE(gate_is_reached());
  std::stop_source stop;
  auto first = l.revoke_async({.pending = pending_work::wait, .deadline = 1h}, stop.get_token());
  while (l.status() == lease_status::active)
    std::this_thread::yield();
  EXPECT_EQ(failure_of([&] { (void)l.revoke({.deadline = 20ms}); }).code(), error_code::deadline_exceeded);
  stop.request_stop();
  ASSERT_EQ(first.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(failure_of([&] { (void)first.get(); }).code(), error_code::cancelled);
  EXPECT_EQ(l.status(), lease_status::active);
  std::vector<std::future<revoke_result>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(l.revoke_async({.deadline = 20s}));
  open_gate();
  for (auto& each : all) {
    ASSERT_EQ(each.wait_for(20s), std::future_status::ready);
    EXPECT_EQ(each.get().queues_ended, 1u);
  }
  running.wait();
}

TEST_F(leases, a_callback_of_its_own_event_may_revoke_one) {
  const lease l(dev, {.name = "l"});
  std::promise<revoke_result> told;
  {
    queue q(l.device());
    q.marker().then([&](const event&) { told.set_value(l.revoke()); });
  }
  auto heard = told.get_future();
  ASSERT_EQ(heard.wait_for(20s), std::future_status::ready);
  EXPECT_EQ(l.status(), lease_status::revoked);
}

TEST_F(leases, one_whose_handles_are_gone_is_found_for_as_long_as_something_of_it_is_there) {
  std::optional<buffer<int>> left;
  left.emplace(lease(dev, {.name = "forgotten"}).device(), 1000);
  ASSERT_EQ(dev.leases().size(), 1u);
  EXPECT_EQ(dev.leases()[0].name(), "forgotten");
  EXPECT_EQ(dev.leases()[0].revoke().bytes_freed, 4000u);
  EXPECT_TRUE(dev.leases().empty());
  EXPECT_EQ(failure_of([&] { (void)left->to_vector(); }).code(), error_code::lease_revoked);
  left.emplace(lease(dev, {.name = "gone"}).device(), 1000);
  left.reset();
  EXPECT_TRUE(dev.leases().empty());
}

TEST_F(leases, memory_is_there_for_the_next_at_once_and_shows_nothing_of_the_last) {
  constexpr std::size_t n = 8 << 20; // bytes; four, and the segments beside them, are all that the device has
  allocation_options dirty;
  dirty.zeroed = false;
  for (int round = 0; round < 3; ++round) {
    const lease a(dev, {.name = "a"});
    queue qa(a.device());
    std::vector<buffer<std::uint8_t>> kept;
    for (int i = 0; i < 4; ++i) {
      kept.emplace_back(a.device(), n, dirty);
      qa.fill(kept.back(), 0xab);
    }
    buffer<std::uint8_t> small(a.device(), 1000, dirty);
    qa.fill(small, 0xab);
    qa.finish();
    qa.release(std::move(small)); // waits for a queue that ends with the lease
    EXPECT_EQ(a.revoke(at_once(10s)).bytes_freed, 4 * n);

    const lease b(dev, {.name = "b"});
    queue qb(b.device());
    allocation_options in_order = dirty;
    in_order.first_used_on = &qb;
    for (int i = 0; i < 4; ++i) {
      const buffer<std::uint8_t> fresh(b.device(), n, i % 2 == 0 ? dirty : in_order);
      qb.finish();
      const std::vector<std::uint8_t> seen = fresh.to_vector();
      EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), static_cast<std::ptrdiff_t>(n));
    }
    const std::vector<std::uint8_t> seen = buffer<std::uint8_t>(b.device(), 1000, dirty).to_vector();
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 0), 1000);
  }
}

TEST_F(leases, memory_that_the_host_looks_at_stays_until_it_does_not) {
  const std::uint64_t before = dev.memory().statistics().live_blocks;
  const lease l(dev, {.name = "l"});
  std::optional<buffer<int>> mapped(std::in_place, l.device(), 1 << 20), seen, freed(std::in_place, l.device(), 100);
  seen.emplace(l.device(), 1 << 20, buffer_kind::host_shared);
  auto elements = std::make_unique<mapped_span<int>>(mapped->map());
  const std::span<int> raw = seen->span();
  (void)seen->span();
  std::fill(raw.begin(), raw.end(), 4);
  const revoke_result r = l.revoke();
  EXPECT_EQ(r.bytes_freed, 400u);
  EXPECT_EQ(r.bytes_held, 2u * (4 << 20));
  EXPECT_EQ(dev.memory().statistics().live_blocks, before + 2);
  std::iota(elements->begin(), elements->end(), 0); // still memory
  EXPECT_EQ(std::accumulate(raw.begin(), raw.end(), 0), 4 << 20);
  elements.reset();
  EXPECT_EQ(dev.memory().statistics().live_blocks, before + 1);
  mapped.reset();
  freed.reset();
  EXPECT_EQ(dev.memory().statistics().live_blocks, before + 1);
  seen.reset();
  EXPECT_EQ(dev.memory().statistics().live_blocks, before);
  EXPECT_EQ(dev.memory().statistics().wrong_frees, 0u);
}

std::ptrdiff_t descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// One tenant computes and looks at its results while another comes and is thrown out.
/// Descriptors are counted, and a spare takes some of its own once it is there.
class leases_without_spares : public leases {
 protected:
  leases_without_spares() : leases(alone()) {}
  static open_options alone() {
    open_options o = of(64 << 20);
    o.spares = 0;
    return o;
  }
};

TEST_F(leases_without_spares, two_hundred_revocations_disturb_nobody) {
  const lease steady(dev, {.name = "steady"});
  std::atomic<bool> is_over{false};
  std::uint64_t right = 0;
  std::thread other([&] {
    queue q(steady.device());
    const std::size_t n = 1 << 12;
    buffer<float> x(steady.device(), n), y(steady.device(), n);
    std::vector<float> out(n);
    for (int i = 0; !is_over; ++i) {
      const float value = static_cast<float>(i % 1000);
      q.fill(x, value);
      for (int k = 0; k < 4; ++k)
        q.launch(scale, n, buffer<const float>(x), y, 2.0f);
      q.read(y, out);
      q.finish();
      if (std::count(out.begin(), out.end(), 2 * value) != static_cast<std::ptrdiff_t>(n)) return;
      ++right;
    }
  });
  const auto came_and_went = [&](int i) {
    const lease l(dev, {.name = "guest " + std::to_string(i)});
    queue a(l.device()), b(l.device());
    const buffer<float> quiet(l.device(), 1 << 10); // no command uses it
    std::vector<buffer<float>> held;
    std::vector<event> events;
    for (int k = 0; k < 8; ++k) {
      held.emplace_back(l.device(), 1 << 14);
      queue& q = k % 2 == 0 ? a : b;
      events.push_back(q.fill(held.back(), 1.0f));
      events.push_back(q.launch(scale, 1 << 14, buffer<const float>(held.back()), held.back(), 3.0f));
    }
    events.push_back(b.wait(events.back()));
    // From its own threads, too, it may be used until the end.
    std::thread user([&] {
      try {
        for (;;) {
          a.launch(scale, 1 << 14, buffer<const float>(held.front()), held.front(), 3.0f);
          (void)quiet.to_vector();
          const buffer<float> more(l.device(), 300);
        }
      } catch (const error& e) {
        EXPECT_EQ(e.code(), error_code::lease_revoked) << e.what();
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(i % 7 * 100));
    const revoke_result r = l.revoke(
        {.pending = i % 3 == 0 ? pending_work::wait_briefly : pending_work::abandon, .deadline = 20s, .grace = 20s});
    user.join();
    EXPECT_FALSE(r.replacement);
    EXPECT_GE(r.buffers_ended, 8u);
    for (const event& e : events) {
      EXPECT_TRUE(e.is_complete());
      EXPECT_EQ(e.error() ? e.error()->code() : error_code::lease_revoked, error_code::lease_revoked);
    }
  };
  std::ptrdiff_t descriptors_early = 0;
  std::uint64_t blocks_early = 0;
  for (int i = 0; i < 200 && !HasFailure(); ++i) {
    came_and_went(i);
    if (i == 20) {
      descriptors_early = descriptors();
      blocks_early = dev.memory().statistics().live_blocks;
    }
  }
  const std::ptrdiff_t descriptors_late = descriptors();
  EXPECT_EQ(dev.memory().statistics().live_blocks, blocks_early);
  is_over = true;
  other.join();
  EXPECT_LE(descriptors_late, descriptors_early + 2); // a segment more may have been needed
  EXPECT_GE(right, 10u);
  EXPECT_EQ(dev.generation(), 1u);
  EXPECT_EQ(steady.status(), lease_status::active);
  EXPECT_EQ(dev.memory().statistics().wrong_frees, 0u);
}

} // namespace
} // namespace dotcompute::test
