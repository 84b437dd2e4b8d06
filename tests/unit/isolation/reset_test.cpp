// SPDX-License-Identifier: MIT
// Resets of every level: what they end, what they keep, and that a reset that fails has changed nothing.
#include "isolated_device.hpp"

#include <dotcompute/memory.hpp>

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory_resource>
#include <stop_token>
#include <thread>

namespace dotcompute::test {
namespace {

class reset : public isolated_device {
 protected:
  static reset_options of(reset_level level) {
    reset_options o;
    o.level = level;
    return o;
  }
  void expect_works() {
    const auto fresh = program::compile(dev, source);
    const buffer<int> b = filled(1 << 14, 1);
    queue q(dev);
    q.launch(fresh.kernel("add_one"), {b.size()}, b);
    q.finish();
    EXPECT_EQ(contents(b), std::vector<int>(b.size(), 2));
  }
  /// A kernel that does not end by itself, begun.
  event start_spinning(queue& q, const char* kernel = "spin") {
    const event e = q.launch(kernels.kernel(kernel), {1}, x);
    std::this_thread::sleep_for(50ms);
    return e;
  }
};

TEST_F(reset, soft_waits_for_all_queues_and_keeps_everything) {
  queue a(dev), b(dev);
  const buffer<int> y = filled(1, 1);
  event last_a, last_b;
  for (int i = 0; i < 40; ++i) {
    last_a = a.launch(kernels.kernel("add_one"), {x.size()}, x);
    last_b = b.launch(kernels.kernel("busy"), {1}, y);
  }
  const reset_result r = dev.reset(of(reset_level::soft));
  EXPECT_TRUE(last_a.is_complete());
  EXPECT_TRUE(last_b.is_complete());
  EXPECT_EQ(r.level, reset_level::soft);
  EXPECT_FALSE(r.replacement);
  EXPECT_GE(r.commands_drained, 1u);
  EXPECT_GE(r.total, r.drained);
  EXPECT_EQ(dev.generation(), 1u);
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 43));
}

TEST_F(reset, soft_needs_no_isolation_and_the_others_do) {
  open_options o;
  o.isolation = isolation::none;
  const auto direct = device::open(device_id(), o);
  const auto p = program::compile(direct, source);
  const buffer<int> b(direct, 1 << 12);
  queue q(direct);
  const event e = q.launch(p.kernel("add_one"), {b.size()}, b);
  EXPECT_EQ(direct.reset(of(reset_level::soft)).level, reset_level::soft);
  EXPECT_TRUE(e.is_complete());
  for (const reset_level level : {reset_level::context, reset_level::hard, reset_level::full}) {
    const error refused = thrown_by([&] { (void)direct.reset(of(level)); });
    EXPECT_EQ(refused.code(), error_code::unsupported);
    EXPECT_NE(refused.remedy().find("isolation::process"), std::string::npos);
  }
}

TEST_F(reset, context_replaces_the_worker_and_keeps_memory_programs_and_queues) {
  queue q(dev);
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  const auto before = dev.worker_process();
  const reset_result r = dev.reset();
  EXPECT_NE(dev.worker_process(), before);
  EXPECT_EQ(dev.generation(), 2u);
  ASSERT_TRUE(r.replacement);
  EXPECT_EQ(r.replacement->cause, recovery_cause::requested);
  EXPECT_EQ(r.replacement->generation, 2u);
  EXPECT_EQ(r.replacement->commands_failed, 0u);
  EXPECT_EQ(r.replacement->bytes_lost, 0u);
  EXPECT_GE(r.replacement->bytes_kept, x.size() * sizeof(int));
  EXPECT_GE(r.total, r.replacement->resumed);
  EXPECT_FALSE(x.is_suspect());
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 5));
  EXPECT_EQ(dev.recoveries().size(), 1u);
}

TEST_F(reset, abandoned_work_fails_as_cancelled_running_or_not) {
  const buffer<int> y = filled(1 << 10, 8), z = filled(1 << 10, 9);
  queue q(dev, {.name = "tenant"}), other(dev);
  const event running = start_spinning(q, "scribble"), stored = q.launch(kernels.kernel("add_one"), {y.size()}, y);
  // One that could not even be handed over: it waits for a kernel that never ends.
  const event waiting = other.wait(running), behind = other.launch(kernels.kernel("add_one"), {z.size()}, z);
  const reset_result r = dev.reset(reset_options::after_error());
  for (const event& e : {running, stored, waiting, behind})
    EXPECT_EQ(failure(e).code(), error_code::cancelled) << failure(e).what();
  EXPECT_NE(failure(running).message().find("kernel 'scribble'"), std::string::npos);
  EXPECT_GE(r.replacement->commands_failed, 4u);
  EXPECT_TRUE(x.is_suspect());
  EXPECT_TRUE(!is_cpu() || !y.is_suspect()); // a GPU may have begun it
  EXPECT_THROW(q.finish(), error);
  EXPECT_THROW(other.finish(), error);
  EXPECT_EQ(contents(y), std::vector<int>(y.size(), 8));
  EXPECT_EQ(contents(z), std::vector<int>(z.size(), 9));
  q.launch(kernels.kernel("add_one"), {y.size()}, y);
  q.finish();
  EXPECT_EQ(contents(y), std::vector<int>(y.size(), 9));
}

TEST_F(reset, past_its_deadline_nothing_has_changed) {
  queue q(dev, {.name = "stuck"});
  const event running = start_spinning(q);
  const auto before = dev.worker_process();
  reset_options o;
  o.deadline = 100ms;
  for (const reset_level level : {reset_level::soft, reset_level::context, reset_level::hard, reset_level::full}) {
    o.level = level;
    const auto began = std::chrono::steady_clock::now();
    const error e = thrown_by([&] { (void)dev.reset(o); });
    EXPECT_EQ(e.code(), error_code::deadline_exceeded) << e.what();
    EXPECT_NE(e.message().find("queue 'stuck'"), std::string::npos) << e.what();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  }
  EXPECT_EQ(dev.worker_process(), before);
  EXPECT_EQ(dev.generation(), 1u);
  EXPECT_FALSE(running.is_complete());
  o.level = reset_level::context;
  o.pending = pending_work::wait_briefly;
  const reset_result r = dev.reset(o);
  EXPECT_GE(r.drained, 100ms);
  EXPECT_EQ(failure(running).code(), error_code::cancelled);
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
}

TEST_F(reset, waiting_can_be_cancelled_and_one_reset_is_under_way_at_a_time) {
  queue q(dev);
  const event running = start_spinning(q);
  std::stop_source stop;
  reset_options o;
  o.deadline = 1h;
  auto first = dev.reset_async(o, stop.get_token());
  EXPECT_EQ(thrown_by([&] { (void)dev.reset_async(); }).code(), error_code::reset_under_way);
  EXPECT_EQ(thrown_by([&] { (void)dev.reset(reset_options::after_error()); }).code(), error_code::reset_under_way);
  stop.request_stop();
  ASSERT_EQ(first.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(thrown_by([&] { (void)first.get(); }).code(), error_code::cancelled);
  EXPECT_EQ(dev.generation(), 1u);
  EXPECT_FALSE(running.is_complete());
  auto second = dev.reset_async(reset_options::after_error());
  ASSERT_EQ(second.wait_for(30s), std::future_status::ready);
  EXPECT_EQ(second.get().replacement->generation, 2u);
}

TEST_F(reset, hard_discards_memory_and_nothing_else) {
  const buffer<int> shared = buffer<int>::host_shared(dev, 1 << 12);
  std::fill(shared.span().begin(), shared.span().end(), 77);
  const int* const raw = shared.span().data();
  std::pmr::vector<int> kept(dev.memory().resource());
  kept.assign(5000, 11);
  queue q(dev);
  const reset_result r = dev.reset(of(reset_level::hard));
  EXPECT_GE(r.replacement->bytes_lost, (x.size() + shared.size()) * sizeof(int));
  EXPECT_EQ(thrown_by([&] { q.launch(kernels.kernel("add_one"), {x.size()}, x); }).code(), error_code::stale_handle);
  EXPECT_EQ(thrown_by([&] { q.fill(x, 1); }).code(), error_code::stale_handle);
  EXPECT_EQ(thrown_by([&] { (void)shared.span(); }).code(), error_code::stale_handle);
  EXPECT_EQ(thrown_by([&] { q.release(buffer<int>(x)); }).code(), error_code::stale_handle);
  EXPECT_TRUE(*raw == 0 || *raw == 77) << "a pointer from before must not end the process";
  EXPECT_TRUE(std::all_of(kept.begin(), kept.end(), [](int v) { return v == 11; }));
  EXPECT_LE(dev.memory().statistics().requested_bytes, kept.capacity() * sizeof(int));
  x = filled(1 << 16, 3);
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 4));
}

TEST_F(reset, hard_ends_queued_commands_whose_memory_it_takes) {
  queue q(dev);
  std::vector<event> events;
  for (int i = 0; i < 200; ++i)
    events.push_back(q.launch(kernels.kernel("add_one"), {x.size()}, x));
  reset_options o = reset_options::before_shutdown(1ms);
  (void)dev.reset(o);
  for (const event& e : events) {
    try {
      e.wait();
    } catch (const error& failed) {
      EXPECT_TRUE(failed.code() == error_code::cancelled || failed.code() == error_code::earlier_command_failed)
          << failed.what();
    }
  }
  expect_works();
}

TEST_F(reset, threads_that_allocate_and_free_meanwhile_are_well) {
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> made{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      while (!done) {
        try {
          const buffer<int> b(dev, 1 << 12);
          queue q(dev);
          q.fill(b, 5);
          q.launch(kernels.kernel("add_one"), {b.size()}, b);
          std::vector<int> v(b.size());
          q.read(b, v);
          q.finish();
          EXPECT_EQ(std::count(v.begin(), v.end(), 6), static_cast<std::ptrdiff_t>(v.size()));
          ++made;
        } catch (const error& e) {
          const error_code c = e.code();
          EXPECT_TRUE(c == error_code::stale_handle || c == error_code::cancelled || c == error_code::interrupted ||
                      c == error_code::earlier_command_failed)
              << e.what();
        }
      }
    });
  for (int i = 0; i < 20; ++i) {
    (void)dev.reset(
        reset_options{.level = i % 2 ? reset_level::hard : reset_level::context, .pending = pending_work::abandon});
    const std::uint64_t seen = made;
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (made == seen && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(1ms);
    EXPECT_GT(made, seen) << "after reset " << i;
  }
  done = true;
  for (std::thread& t : threads)
    t.join();
  expect_works();
}

TEST_F(reset, full_discards_programs_too) {
  const reset_result r = dev.reset(of(reset_level::full));
  EXPECT_FALSE(r.replacement->used_spare);
  queue q(dev);
  const buffer<int> y = filled(1 << 12, 1);
  const error e = thrown_by([&] { q.launch(kernels.kernel("add_one"), {y.size()}, y); });
  EXPECT_EQ(e.code(), error_code::stale_handle) << e.what();
  expect_works();
}

TEST_F(reset, programs_are_kept_unless_they_are_not_to_be) {
  reset_options o;
  o.keep_programs = false;
  o.use_spare = false;
  const reset_result r = dev.reset(o);
  EXPECT_FALSE(r.replacement->used_spare);
  queue q(dev);
  EXPECT_EQ(thrown_by([&] { q.launch(kernels.kernel("add_one"), {x.size()}, x); }).code(), error_code::stale_handle);
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
  expect_works();
}

TEST_F(reset, wrong_requests_are_refused) {
  reset_options o;
  for (const auto deadline : {0ns, -1ns}) {
    o.deadline = deadline;
    EXPECT_EQ(thrown_by([&] { (void)dev.reset(o); }).code(), error_code::invalid_argument);
  }
  for (const pending_work pending : {pending_work::abandon, pending_work::wait_briefly}) {
    o = of(reset_level::soft);
    o.pending = pending;
    EXPECT_EQ(thrown_by([&] { (void)dev.reset(o); }).code(), error_code::invalid_argument);
  }
  o = {};
  o.generation = 7;
  EXPECT_EQ(thrown_by([&] { (void)dev.reset(o); }).code(), error_code::stale_handle);
  EXPECT_EQ(dev.generation(), 1u);
  o.generation = 1;
  EXPECT_EQ(dev.reset(o).replacement->generation, 2u);
  EXPECT_EQ(thrown_by([&] { (void)dev.reset(o); }).code(), error_code::stale_handle);
  expect_works();
}

TEST_F(reset, workers_that_die_meanwhile_are_replaced) {
  for (std::uint64_t i = 1; i <= 8; ++i) {
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    if (i % 2) std::this_thread::sleep_for(std::chrono::milliseconds(i));
    (void)dev.reset();
  }
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
  expect_works();
}

TEST_F(reset, many_leave_nothing_behind) {
  const auto count = [](const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return std::distance(begin(all), end(all));
  };
  const auto lines = [] {
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
  };
  const auto round = [&](int i) {
    (void)dev.reset(of(i % 3 == 0 ? reset_level::hard : reset_level::context));
    const buffer<int> b = filled(1 << 12, 1);
  };
  for (int i = 0; i < 6; ++i)
    round(i);
  std::this_thread::sleep_for(300ms); // until there is a spare again
  const auto files = count("/proc/self/fd"), threads = count("/proc/self/task"), mappings = lines();
  for (int i = 0; i < 30; ++i)
    round(i);
  std::this_thread::sleep_for(300ms);
  EXPECT_LE(count("/proc/self/fd"), files + 2);
  EXPECT_LE(count("/proc/self/task"), threads + 1);
  EXPECT_LE(lines(), mappings + 30);
}

} // namespace
} // namespace dotcompute::test
