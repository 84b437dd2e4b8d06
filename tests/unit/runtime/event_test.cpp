// SPDX-License-Identifier: MIT
// Events: deadlines, callbacks, coroutines, times.
#include "runtime_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <future>
#include <mutex>
#include <thread>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

class events : public runtime {
 protected:
  queue q{dev};
  kernel gate = kernels.kernel("gate"), empty = kernels.kernel("empty");
  buffer<int> flags = buffer<int>::host_shared(dev, 2);
  void open_gate() { __atomic_store_n(flags.span().data(), 1, __ATOMIC_RELEASE); }
};

TEST_F(events, CountFromOneAndCarryTheGeneration) {
  const event a = q.launch(empty, 1), b = q.launch(empty, 1);
  EXPECT_EQ(a.number(), 1u);
  EXPECT_EQ(b.number(), 2u);
  EXPECT_EQ(b.generation(), dev.generation());
  b.wait();
  EXPECT_TRUE(a.is_complete());
}

TEST_F(events, OfNoQueueAreComplete) {
  const event none;
  EXPECT_EQ(none.status(), event_status::complete);
  none.wait();
  EXPECT_TRUE(none.wait_for(0s));
}

TEST_F(events, WaitsEndAtTheirDeadline) {
  const event e = q.launch(gate, 1, flags);
  EXPECT_FALSE(e.wait_for(1ms));
  EXPECT_FALSE(e.wait_until(std::chrono::steady_clock::now() - 1s));
  EXPECT_EQ(e.status(), event_status::pending);
  EXPECT_FALSE(e.times().has_value());
  open_gate();
  EXPECT_TRUE(e.wait_for(10s));
}

TEST(default_wait, IsTheDevices) {
  open_options options;
  options.default_wait = 2ms;
  const device dev = device::open("cpu", options);
  const program kernels = program::from_binary(dev, compiler::encode(hand_written_result()));
  auto flags = buffer<int>::host_shared(dev, 2);
  queue q(dev);
  const event e = q.launch(kernels.kernel("gate"), 1, flags);
  EXPECT_EQ(failure_of([&] { e.wait(); }).code(), error_code::deadline_exceeded);
  __atomic_store_n(flags.span().data(), 1, __ATOMIC_RELEASE);
  EXPECT_TRUE(e.wait_for(10s));
}

TEST_F(events, CallbacksRunOnOneThreadInOrderOfCompletion) {
  std::mutex guard;
  std::condition_variable changed;
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  q.launch(gate, 1, flags);
  for (int i = 0; i < 20; ++i)
    q.launch(empty, 1).then([&, i](const event& e) {
      EXPECT_TRUE(e.is_complete());
      const std::lock_guard lock(guard);
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
      changed.notify_all();
    });
  open_gate();
  std::unique_lock lock(guard);
  ASSERT_TRUE(changed.wait_for(lock, 10s, [&] { return order.size() == 20; }));
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
    EXPECT_EQ(threads[static_cast<std::size_t>(i)], threads[0]);
  }
  EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST_F(events, CallbackOfACompleteEventStillComes) {
  const event e = q.launch(empty, 1);
  e.wait();
  std::promise<std::thread::id> called;
  e.then([&](const event&) { called.set_value(std::this_thread::get_id()); });
  auto future = called.get_future();
  ASSERT_EQ(future.wait_for(10s), std::future_status::ready);
  EXPECT_NE(future.get(), std::this_thread::get_id());
}

TEST_F(events, CallbacksMayLaunchWaitAndThrow) {
  std::promise<int> result;
  buffer<int> list = buffer<int>::host_shared(dev, 4);
  const event first = q.launch(empty, 1);
  first.then([](const event&) { throw std::runtime_error("on purpose"); });
  first.then([&](const event&) {
    q.launch(kernels.kernel("append"), 1, list, 42).wait();
    result.set_value(list.span()[1]);
  });
  auto future = result.get_future();
  ASSERT_EQ(future.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(future.get(), 42);
}

TEST_F(events, CallbackIsNeededAndAnEventOfNoQueueHasNone) {
  const event e = q.launch(empty, 1);
  EXPECT_EQ(failure_of([&] { e.then({}); }).code(), error_code::invalid_argument);
  EXPECT_EQ(failure_of([&] { event().then([](const event&) {}); }).code(), error_code::invalid_handle);
}

/// A coroutine that starts at once and tells when it is through.
struct fire_and_tell {
  struct promise_type {
    fire_and_tell get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

fire_and_tell three_steps(queue& q, const kernel& append, buffer<int> list, event gate, std::promise<int>& done) {
  co_await gate;
  const event one = q.launch(append, 1, list, 1);
  co_await one;
  const event two = q.launch(append, 1, list, 2);
  co_await two;
  done.set_value(list.span()[0]);
}

TEST_F(events, CanBeAwaited) {
  std::promise<int> done;
  auto list = buffer<int>::host_shared(dev, 4);
  const kernel append = kernels.kernel("append");
  three_steps(q, append, list, q.launch(gate, 1, flags), done);
  auto future = done.get_future();
  EXPECT_NE(future.wait_for(0s), std::future_status::ready);
  open_gate();
  ASSERT_EQ(future.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(future.get(), 2);
}

TEST_F(events, TimesAreOrderedAndForgottenInTheEnd) {
  const event e = q.launch(empty, 1);
  e.wait();
  const auto t = e.times();
  ASSERT_TRUE(t.has_value());
  EXPECT_GT(t->queued, 0);
  EXPECT_LE(t->queued, t->started);
  EXPECT_LE(t->started, t->finished);
  for (int i = 0; i < 1024; ++i)
    q.launch(empty, 1);
  q.finish();
  EXPECT_FALSE(e.times().has_value());
  EXPECT_EQ(e.status(), event_status::complete);
}

TEST_F(events, ManyWaitersOfOneEvent) {
  const event e = q.launch(gate, 1, flags);
  std::atomic<int> through{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      if (e.wait_for(10s)) ++through;
    });
  open_gate();
  for (auto& t : threads)
    t.join();
  EXPECT_EQ(through, 4);
}

} // namespace
} // namespace dotcompute::test
