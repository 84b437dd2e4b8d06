// SPDX-License-Identifier: MIT
// Queues: order, independence, waits on other queues, transfers, failure, life time.
#include "runtime_fixture.hpp"

#include <numeric>
#include <thread>

namespace dotcompute::test {
namespace {

using namespace std::chrono_literals;

class queues : public runtime {
 protected:
  queues() : runtime(four_threads()) {}
  static open_options four_threads() {
    open_options o;
    o.threads = 4;
    return o;
  }

  kernel gate = kernels.kernel("gate"), append = kernels.kernel("append");
  buffer<int> flags = buffer<int>::host_shared(dev, 2);
  void open_gate() { __atomic_store_n(flags.span().data(), 1, __ATOMIC_RELEASE); }
  /// A thread of the device runs the gate kernel by now.
  bool gate_is_reached() {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (__atomic_load_n(flags.span().data() + 1, __ATOMIC_ACQUIRE) == 0)
      if (std::chrono::steady_clock::now() > until) return false;
    return true;
  }
};

TEST_F(queues, CommandsRunInOrder) {
  queue q(dev);
  buffer<int> list(dev, 1001);
  for (int i = 1; i <= 1000; ++i)
    q.launch(append, 1, list, i);
  q.finish();
  std::vector<int> expected(1001);
  std::iota(expected.begin(), expected.end(), 0);
  expected[0] = 1000;
  EXPECT_EQ(list.to_vector(), expected);
}

TEST_F(queues, ProgressWithoutAnybodyWaiting) {
  queue q(dev);
  buffer<int> list = buffer<int>::host_shared(dev, 8);
  const event e = q.launch(append, 1, list, 5);
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!e.is_complete() && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  EXPECT_EQ(e.status(), event_status::complete);
  EXPECT_EQ(list.span()[1], 5);
}

TEST_F(queues, AreIndependent) {
  queue held(dev), free(dev);
  buffer<int> list(dev, 8);
  const event blocked = held.launch(gate, 1, flags);
  ASSERT_TRUE(gate_is_reached());
  free.launch(append, 1, list, 1).wait();
  EXPECT_FALSE(blocked.is_complete());
  open_gate();
  blocked.wait();
}

TEST_F(queues, WaitOnAnotherQueuesEvent) {
  queue first(dev), second(dev);
  buffer<int> list(dev, 8);
  const event opened = first.launch(gate, 1, flags);
  first.launch(append, 1, list, 1);
  second.wait(first.marker());
  const event after = second.launch(append, 1, list, 2);
  ASSERT_TRUE(gate_is_reached());
  EXPECT_FALSE(after.is_complete());
  open_gate();
  after.wait();
  EXPECT_TRUE(opened.is_complete());
  const auto result = list.to_vector();
  EXPECT_EQ(result[1], 1);
  EXPECT_EQ(result[2], 2);
}

TEST_F(queues, WaitsFormLongChains) {
  std::vector<queue> all;
  for (int i = 0; i < 30; ++i)
    all.emplace_back(dev);
  buffer<int> list(dev, 100);
  event last;
  for (int round = 0; round < 3; ++round)
    for (auto& q : all) {
      q.wait(last);
      last = q.launch(append, 1, list, 1);
    }
  last.wait();
  EXPECT_EQ(list.to_vector()[0], 90);
}

TEST_F(queues, ManyThreadsOneQueue) {
  queue q(dev);
  buffer<int> list(dev, 801);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const event e = q.launch(append, 1, list, t);
        if (i % 3 == 0) e.wait();
      }
    });
  for (auto& t : threads)
    t.join();
  q.finish();
  EXPECT_EQ(list.to_vector()[0], 800);
}

TEST_F(queues, ManyQueuesManyThreads) {
  buffer<unsigned> counters(dev, 64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      queue q(dev);
      for (int i = 0; i < 50; ++i)
        q.launch(kernels.kernel("count"), nd_range(64).local(1), counters, 200u);
      q.finish();
    });
  for (auto& t : threads)
    t.join();
  for (const unsigned c : counters.to_vector())
    ASSERT_EQ(c, 200u);
}

TEST_F(queues, SleepingWaiters) {
  queue_options options;
  options.lend_waiting_thread = false;
  queue q(dev, options);
  buffer<int> list(dev, 101);
  for (int i = 0; i < 100; ++i)
    q.launch(append, 1, list, i).wait();
  EXPECT_EQ(list.to_vector()[0], 100);
}

TEST_F(queues, TransfersOfAllSizes) {
  queue q(dev);
  for (const std::size_t n : {1u, 1000u, 1u << 20, (5u << 20) + 7}) {
    std::vector<int> in(n), out(n);
    std::iota(in.begin(), in.end(), 3);
    buffer<int> a(dev, n), b(dev, n);
    q.write(a, in);
    q.copy(a, b);
    q.read(b, out).wait();
    ASSERT_EQ(in, out);
    q.fill(b, -7);
    q.fill(a, 0x01010101);
    q.read(b, out).wait();
    ASSERT_TRUE(std::all_of(out.begin(), out.end(), [](int i) { return i == -7; }));
    ASSERT_EQ(a.to_vector().back(), 0x01010101);
  }
  struct odd {
    char bytes[12];
    bool operator==(const odd& o) const { return std::equal(bytes, bytes + 12, o.bytes); }
  };
  const odd pattern{"eleven char"};
  buffer<odd> c(dev, 100001);
  q.fill(c, pattern).wait();
  for (const odd& o : c.to_vector())
    ASSERT_EQ(o, pattern);
}

TEST_F(queues, TransferErrors) {
  queue q(dev);
  buffer<int> a(dev, 10), b(dev, 11);
  std::vector<int> host(9);
  EXPECT_EQ(failure_of([&] { q.copy(a, b); }).code(), error_code::invalid_size);
  EXPECT_EQ(failure_of([&] { q.read(a, host); }).code(), error_code::invalid_size);
  EXPECT_EQ(failure_of([&] { q.write(a, host); }).code(), error_code::invalid_size);
  EXPECT_EQ(failure_of([&] { q.copy(b.slice(0, 5), b.slice(4, 5)); }).code(), error_code::invalid_range);
  EXPECT_EQ(failure_of([&] { q.copy(buffer<int>(), b); }).code(), error_code::invalid_handle);
  const std::array<char, 3> three{};
  EXPECT_EQ(failure_of([&] { q.fill_bytes(a.raw(), three.data(), 3); }).code(), error_code::invalid_size);
  q.copy(b.slice(0, 5), b.slice(5, 5)).wait();
}

TEST_F(queues, FailureSkipsWhatFollowsUntilFinish) {
  // No machine has an exabyte of scratch memory.
  compiler::result r = hand_written_result();
  for (auto& e : r.entries)
    if (e.kernel == "shape") e.scratch_bytes = std::uint64_t{1} << 60;
  const kernel greedy = program::from_binary(dev, compiler::encode(r)).kernel("shape");
  queue q(dev, {"greedy"}), other(dev);
  buffer<int> list(dev, 8);
  const buffer<std::uint64_t> out(dev, 16);
  const event before = q.launch(append, 1, list, 1);
  const event failed = q.launch(greedy, 4096, out);
  const event skipped = q.launch(append, 1, list, 2);
  other.wait(failed);
  const event elsewhere = other.launch(append, 1, list, 3);
  EXPECT_EQ(failure_of([&] { failed.wait(); }).code(), error_code::out_of_memory);
  EXPECT_EQ(failure_of([&] { skipped.wait(); }).code(), error_code::earlier_command_failed);
  EXPECT_EQ(failure_of([&] { elsewhere.wait(); }).code(), error_code::earlier_command_failed);
  EXPECT_EQ(before.status(), event_status::complete);
  EXPECT_EQ(failed.status(), event_status::failed);
  EXPECT_NE(std::string(failed.error()->what()).find("'greedy'"), std::string::npos);

  EXPECT_EQ(failure_of([&] { q.finish(); }).code(), error_code::out_of_memory);
  EXPECT_EQ(failure_of([&] { other.finish(); }).code(), error_code::out_of_memory);
  q.launch(append, 1, list, 4).wait();
  q.finish();
  EXPECT_EQ(list.to_vector()[0], 2);
  EXPECT_EQ(failed.status(), event_status::failed) << "what happened stays known";
}

TEST_F(queues, FailureLetsWhatFollowsRunWhereSoSet) {
  compiler::result r = hand_written_result();
  for (auto& e : r.entries)
    if (e.kernel == "shape") e.scratch_bytes = std::uint64_t{1} << 60;
  const kernel greedy = program::from_binary(dev, compiler::encode(r)).kernel("shape");
  queue q(dev, {.name = "independent", .on_failure = after_failure::go_on});
  buffer<int> list(dev, 64);
  const buffer<std::uint64_t> out(dev, 16);
  std::vector<event> failed, run;
  for (int i = 0; i < 40; ++i) { // more than a worker remembers at once
    failed.push_back(q.launch(greedy, 4096, out));
    run.push_back(q.launch(append, 1, list, i));
  }
  for (const event& e : failed)
    EXPECT_EQ(failure_of([&] { e.wait(); }).code(), error_code::out_of_memory);
  for (const event& e : run)
    EXPECT_NO_THROW(e.wait());
  EXPECT_EQ(failure_of([&] { q.finish(); }).code(), error_code::out_of_memory);
  q.finish();
  EXPECT_EQ(list.to_vector()[0], 40);
}

TEST_F(queues, StoredCommandsFinishAfterTheLastHandle) {
  buffer<int> list = buffer<int>::host_shared(dev, 101);
  event last;
  {
    queue q(dev);
    q.launch(gate, 1, flags);
    for (int i = 0; i < 100; ++i)
      last = q.launch(append, 1, list, i);
  }
  open_gate();
  last.wait();
  EXPECT_EQ(list.span()[0], 100);
}

TEST_F(queues, BuffersLiveUntilTheirCommandsAreDone) {
  queue q(dev);
  event last;
  {
    buffer<int> list(dev, 101);
    q.launch(gate, 1, flags);
    last = q.launch(append, 1, list, 1);
  }
  open_gate();
  last.wait();
  EXPECT_EQ(last.status(), event_status::complete);
}

TEST_F(queues, EverythingMayGoWhileWorkIsStored) {
  event last;
  auto shared_flags = flags;
  {
    device second = device::open("cpu");
    program p = program::from_binary(second, compiler::encode(hand_written_result()));
    queue q(second);
    buffer<int> list(second, 3001);
    for (int i = 0; i < 3000; ++i)
      last = q.launch(p.kernel("append"), 1, list, i);
  }
  last.wait();
  EXPECT_EQ(last.status(), event_status::complete);
}

TEST_F(queues, FinishTakesADeadline) {
  queue q(dev);
  q.launch(gate, 1, flags);
  const error e = failure_of([&] { q.finish(1ms); });
  EXPECT_EQ(e.code(), error_code::deadline_exceeded);
  EXPECT_EQ(e.kind(), error_class::transient);
  open_gate();
  q.finish();
}

TEST_F(queues, MovedFromHandlesAreTypedErrors) {
  queue q(dev);
  const queue taken = std::move(q);
  EXPECT_EQ(failure_of([&] { q.finish(); }).code(), error_code::invalid_handle);
  EXPECT_EQ(failure_of([&] { q.marker(); }).code(), error_code::invalid_handle);
}

} // namespace
} // namespace dotcompute::test
