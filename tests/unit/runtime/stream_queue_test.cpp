// SPDX-License-Identifier: MIT
// Queues whose commands run in streams of a device.
#include "execution/queue_state.hpp"
#include "scripted_device.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

class stream_queue_test : public testing::Test {
 protected:
  std::shared_ptr<stream_script> first = std::make_shared<stream_script>();
  std::shared_ptr<stream_script> second = std::make_shared<stream_script>();
  device owner = scripted_device({first, second});
  queue q{owner, {"first"}};
  buffer<int> numbers{owner, 16};

  static error sticky() { return error(error_code::device_lost, "700 from the test"); }
  static error refusal() { return error(error_code::limit_exceeded, "too much for the test"); }

  static std::uint64_t last_signal(const stream_script& script) {
    const std::lock_guard lock(script.guard);
    std::uint64_t last = 0;
    for (const auto& e : script.asked)
      if (e.what == 's') last = e.number;
    return last;
  }

  template <class Condition>
  static bool eventually(Condition holds) {
    for (int i = 0; i < 4000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }
};

TEST_F(stream_queue_test, hands_commands_over_at_once_and_completes_them_when_the_device_says_so) {
  const event a = q.fill(numbers, 7);
  const event b = q.fill(numbers, 8);
  EXPECT_EQ(first->story(), "f1 f2");
  EXPECT_FALSE(a.is_complete());
  first->reached = 1;
  EXPECT_TRUE(a.is_complete());
  EXPECT_FALSE(b.wait_for(5ms));
  first->reached = 2;
  b.wait();
  EXPECT_EQ(numbers.to_vector()[3], 8);
}

TEST_F(stream_queue_test, asks_for_one_signal_however_many_commands_came_before_the_wait) {
  first->runs_by_itself = true;
  event last;
  for (int i = 0; i < 10; ++i)
    last = q.fill(numbers, i);
  last.wait();
  EXPECT_EQ(last.number(), 10u);
  EXPECT_TRUE(last.is_complete());
}

TEST_F(stream_queue_test, what_is_reached_completes_while_more_is_submitted) {
  first->runs_by_itself = true;
  std::uint64_t most_behind = 0;
  for (std::uint64_t number = 1; number <= 5000; ++number) {
    q.fill(numbers, 1);
    most_behind = std::max(most_behind, number - q.state()->completed());
  }
  EXPECT_LE(most_behind, 2 * 128u) << "commands until the first signal, and while another thread completes some";
  std::uint64_t signals = 0;
  {
    const std::lock_guard lock(first->guard);
    for (const auto& e : first->asked)
      signals += e.what == 's';
  }
  EXPECT_GE(signals, 5000u / 144);
  q.finish();
}

TEST_F(stream_queue_test, failures_keep_their_numbers_among_many_that_complete_at_once) {
  queue_options independent;
  independent.on_failure = after_failure::go_on;
  queue other(owner, independent);
  first->runs_by_itself = false;
  second->runs_by_itself = false;
  std::vector<event> all;
  for (int i = 1; i <= 40; ++i) {
    if (i % 13 == 0) {
      const std::lock_guard lock(second->guard);
      second->next_submission_fails = refusal();
    }
    all.push_back(other.fill(numbers, i));
  }
  second->reached = 40;
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(i + 1);
    if ((i + 1) % 13 == 0)
      EXPECT_THROW(all[i].wait(), error);
    else
      all[i].wait();
  }
}

TEST_F(stream_queue_test, times_are_the_devices_when_the_queue_records_them_and_unknown_otherwise) {
  queue_options timed;
  timed.record_times = true;
  queue other(owner, timed);
  first->runs_by_itself = second->runs_by_itself = true;
  const event plain = q.fill(numbers, 1);
  plain.wait();
  EXPECT_FALSE(plain.times());
  const event known = other.fill(numbers, 1);
  known.wait();
  ASSERT_TRUE(known.times());
  EXPECT_EQ(known.times()->started, 10);
  EXPECT_EQ(known.times()->finished, 15);
}

TEST_F(stream_queue_test, a_callback_is_called_without_anybody_waiting) {
  std::promise<event_status> called;
  q.fill(numbers, 1).then([&](const event& e) { called.set_value(e.status()); });
  auto result = called.get_future();
  EXPECT_EQ(result.wait_for(20ms), std::future_status::timeout);
  first->reached = 1;
  ASSERT_EQ(result.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(result.get(), event_status::complete);
}

TEST_F(stream_queue_test, another_queue_of_the_device_waits_on_the_device) {
  queue other(owner, {"second"});
  const event a = q.fill(numbers, 1);
  other.wait(a);
  other.fill(numbers, 2);
  EXPECT_EQ(second->story(), "w1 f2");
  EXPECT_EQ(last_signal(*first), 1u) << "nobody would ever tell the second stream";
  first->reached = 1;
  second->reached = 2;
  other.finish();
}

TEST_F(stream_queue_test, the_host_waits_where_the_device_cannot) {
  second->waits_by_itself = false;
  queue other(owner, {"second"});
  const event a = q.fill(numbers, 1);
  other.wait(a);
  const event b = other.fill(numbers, 2);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(second->story(), "");
  second->runs_by_itself = true;
  first->reached = 1;
  EXPECT_TRUE(b.wait_for(10s));
}

TEST_F(stream_queue_test, waits_for_the_processor_and_the_processor_for_it) {
  const device cpu = device::open("cpu");
  queue host(cpu);
  buffer<int> there(cpu, 16);
  first->runs_by_itself = true;
  const event a = host.fill(there, 1);
  q.wait(a);
  const event b = q.fill(numbers, 3);
  host.wait(b);
  EXPECT_TRUE(host.fill(there, 4).wait_for(10s));
  EXPECT_TRUE(b.is_complete());
}

TEST_F(stream_queue_test, copies_that_the_device_cannot_reach_are_carried_in_order) {
  first->copies_by_itself = false;
  first->runs_by_itself = true;
  std::vector<int> seen(16);
  q.fill(numbers, 5);
  const event copied = q.read(numbers, seen);
  q.fill(numbers, 6);
  EXPECT_TRUE(copied.wait_for(10s));
  EXPECT_EQ(seen[15], 5);
  q.finish();
  EXPECT_EQ(numbers.to_vector()[0], 6);
}

TEST_F(stream_queue_test, a_carried_copy_ends_without_anybody_waiting) {
  first->copies_by_itself = false;
  first->runs_by_itself = true;
  std::vector<int> seen(16);
  q.fill(numbers, 9);
  const event copied = q.read(numbers, seen);
  EXPECT_TRUE(eventually([&] { return copied.is_complete(); }));
  EXPECT_EQ(seen[0], 9);
}

TEST_F(stream_queue_test, a_waiting_thread_leaves_a_transfer_at_its_deadline) {
  first->copies_by_itself = false;
  first->runs_by_itself = true;
  first->holds_transfers = true;
  std::vector<int> seen(16);
  const event copied = q.read(numbers, seen);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(copied.wait_for(30ms));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  first->holds_transfers = false;
  EXPECT_TRUE(copied.wait_for(10s));
}

TEST_F(stream_queue_test, a_refused_command_fails_and_those_behind_it_are_skipped_until_finish) {
  first->runs_by_itself = true;
  q.fill(numbers, 1);
  first->next_submission_fails = refusal();
  const event refused = q.fill(numbers, 2);
  const event skipped = q.fill(numbers, 3);
  try {
    refused.wait();
    FAIL() << "the refusal was lost";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::limit_exceeded);
  }
  EXPECT_THROW(skipped.wait(), error); // it is completed with the next signal, not with the one before it
  EXPECT_EQ(skipped.error()->code(), error_code::earlier_command_failed);
  EXPECT_THROW(q.finish(), error);
  q.fill(numbers, 4).wait();
  q.finish();
  EXPECT_EQ(numbers.to_vector()[0], 4);
}

TEST_F(stream_queue_test, the_failure_of_an_awaited_command_is_passed_on) {
  queue other(owner, {"second"});
  first->runs_by_itself = second->runs_by_itself = true;
  first->next_submission_fails = refusal();
  const event refused = q.fill(numbers, 2);
  const event waiting = other.wait(refused);
  EXPECT_THROW(waiting.wait_for(10s), error);
}

TEST_F(stream_queue_test, a_lost_device_answers_everybody_and_stays_lost) {
  queue other(owner, {"second"});
  const event stuck = q.fill(numbers, 1);
  const event elsewhere = other.fill(numbers, 1);
  std::promise<event_status> called;
  elsewhere.then([&](const event& e) { called.set_value(e.status()); });
  {
    const std::lock_guard lock(first->guard);
    first->check_fails = sticky();
  }
  try {
    stuck.wait_for(10s);
    FAIL() << "the loss was not told";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::device_lost);
    EXPECT_NE(e.message().find("700 from the test"), std::string::npos);
  }
  EXPECT_EQ(called.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_THROW(q.fill(numbers, 2), error);
  EXPECT_THROW(other.fill(numbers, 2), error);
  EXPECT_THROW(queue{owner}, error);
  EXPECT_THROW((buffer<int>{owner, 4}), error);
  EXPECT_THROW(numbers.to_vector(), error);
}

TEST_F(stream_queue_test, buffers_live_until_the_device_is_done_with_them) {
  auto temporary = std::make_unique<buffer<int>>(owner, 1024);
  const std::weak_ptr<detail::memory_object> watched = temporary->raw().memory();
  q.fill(*temporary, 1);
  temporary.reset();
  EXPECT_FALSE(watched.expired());
  first->reached = 1;
  EXPECT_TRUE(eventually([&] { return watched.expired(); })) << "nobody waits, and still it is freed";
}

TEST_F(stream_queue_test, more_commands_than_the_device_may_hold_are_stored_and_follow) {
  constexpr int many = 3000;
  event last;
  for (int i = 0; i < many; ++i)
    last = q.fill(numbers, i);
  EXPECT_LT(first->asked.size(), 700u);
  first->runs_by_itself = true;
  first->reached = last_signal(*first);
  EXPECT_TRUE(last.wait_for(10s));
  EXPECT_EQ(numbers.to_vector()[0], many - 1);
}

TEST_F(stream_queue_test, a_queue_whose_handles_are_gone_finishes_what_it_has) {
  event last;
  {
    queue gone(owner, {"second"});
    last = gone.fill(numbers, 3);
  }
  EXPECT_FALSE(last.wait_for(5ms));
  second->reached = 1;
  EXPECT_TRUE(last.wait_for(10s));
}

TEST_F(stream_queue_test, threads_submit_wait_and_look_at_the_same_time) {
  queue other(owner, {"second"});
  first->runs_by_itself = second->runs_by_itself = true;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      queue& mine = t % 2 ? q : other;
      queue& theirs = t % 2 ? other : q;
      buffer<int> b(owner, 16);
      for (int i = 0; i < 2000; ++i) {
        const event e = mine.fill(b, i);
        if (i % 7 == 0) theirs.wait(e);
        if (i % 5 == 0) e.wait();
        if (i % 11 == 0) e.status();
      }
    });
  for (auto& t : threads)
    t.join();
  q.finish();
  other.finish();
}

/// What a device of this process was handed over runs; a lease cannot end before that.
class stream_lease_test : public stream_queue_test {
 protected:
  lease tenant{owner, {.name = "tenant"}};
  queue of_tenant{tenant.device(), {"work"}};
  buffer<int> held{tenant.device(), 16};

  static error_code code_of(const event& e) {
    const auto failed = e.error();
    return failed ? failed->code() : error_code::unknown;
  }
};

TEST_F(stream_lease_test, what_was_handed_over_is_waited_for_and_what_was_not_fails) {
  const event running = of_tenant.fill(held, 1);
  second->waits_by_itself = false;
  const event other = q.fill(numbers, 1);
  const event waiting = of_tenant.wait(other), behind = of_tenant.fill(held, 2);
  const event crossing = q.wait(behind);
  revoke_options o = revoke_options::at_once();
  o.grace = 20ms;
  try {
    (void)tenant.revoke(o);
    FAIL() << "a command runs";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::deadline_exceeded) << e.what();
    EXPECT_NE(e.message().find("command 1 of queue 'work'"), std::string::npos) << e.what();
  }
  EXPECT_EQ(tenant.status(), lease_status::active);
  const event later = of_tenant.fill(held, 3);
  EXPECT_EQ(second->story(), "f1");
  o.grace = 20s;
  auto revoked = tenant.revoke_async(o);
  while (tenant.status() == lease_status::active)
    std::this_thread::yield();
  second->reached = 1; // first, since a signal that comes by itself may be further on
  second->runs_by_itself = true;
  const revoke_result r = revoked.get();
  EXPECT_EQ(r.commands_drained, 1u);
  EXPECT_EQ(r.commands_abandoned, 3u);
  ASSERT_EQ(r.abandoned.size(), 3u);
  EXPECT_EQ(r.abandoned[0].what, "wait for an event");
  EXPECT_EQ(r.abandoned[1].what, "fill of 64 bytes");
  EXPECT_EQ(r.bytes_freed, 64u);
  running.wait();
  for (const event& e : {waiting, behind, later})
    EXPECT_EQ(code_of(e), error_code::lease_revoked);
  EXPECT_EQ(second->story(), "f1");
  first->reached = 2; // both signals may have been asked for already
  first->runs_by_itself = true;
  EXPECT_TRUE(eventually([&] { return crossing.is_complete(); }));
  EXPECT_EQ(code_of(crossing), error_code::lease_revoked);
}

TEST_F(stream_lease_test, a_revocation_that_fails_goes_on_with_what_was_stored) {
  second->copies_by_itself = false;
  second->holds_transfers = true;
  std::vector<int> in(16, 5);
  const event transfer = of_tenant.write(held, std::span<const int>(in)), behind = of_tenant.fill(held, 7);
  EXPECT_THROW((void)tenant.revoke({.pending = pending_work::wait, .deadline = 20ms}), error);
  second->holds_transfers = false;
  second->runs_by_itself = true;
  behind.wait();
  EXPECT_EQ(held.to_vector()[0], 7);
  // A transfer that is under way is cut short.
  second->holds_transfers = true;
  const event cut = of_tenant.write(held, std::span<const int>(in));
  std::this_thread::sleep_for(5ms);
  EXPECT_EQ(tenant.revoke(revoke_options::at_once()).commands_abandoned, 1u);
  EXPECT_EQ(code_of(cut), error_code::lease_revoked);
}

TEST_F(stream_lease_test, a_lost_device_lets_go_of_it) {
  const event running = of_tenant.fill(held, 1), behind = of_tenant.fill(held, 2);
  {
    const std::lock_guard lock(second->guard);
    second->check_fails = sticky();
  }
  const revoke_result r = tenant.revoke({.pending = pending_work::wait, .deadline = 10s});
  EXPECT_EQ(r.buffers_ended, 1u);
  EXPECT_EQ(r.commands_abandoned, 0u);
  for (const event& e : {running, behind})
    EXPECT_EQ(code_of(e), error_code::device_lost);
  try {
    of_tenant.marker();
    FAIL();
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::lease_revoked);
  }
}

} // namespace
} // namespace dotcompute::test
