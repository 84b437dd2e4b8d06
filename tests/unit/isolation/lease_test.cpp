// SPDX-License-Identifier: MIT
// Leases on a device in a worker process: what will not end is ended, and recoveries and resets come in between.
#include "isolated_device.hpp"

#include <dotcompute/lease.hpp>
#include <dotcompute/memory.hpp>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <stop_token>
#include <thread>

namespace dotcompute::test {
namespace {

class isolated_leases : public isolated_device {
 protected:
  isolated_leases() {
    // Compiled before anything is timed.
    queue q(dev);
    for (const char* const name : {"add_one", "twice"})
      name == std::string("twice") ? q.launch(kernels.kernel(name), {x.size()}, x, y)
                                   : q.launch(kernels.kernel(name), {y.size()}, y);
    q.finish();
  }
  static revoke_options at_once(std::chrono::nanoseconds grace) {
    revoke_options o = revoke_options::at_once();
    o.grace = grace;
    return o;
  }
  /// A kernel that does not end by itself, begun.
  event start_spinning(queue& q, const buffer<int>& b, const char* kernel = "spin") {
    const event e = q.launch(kernels.kernel(kernel), {1}, b);
    std::this_thread::sleep_for(50ms);
    return e;
  }
  void expect_works(const dotcompute::device& d) {
    buffer<int> b(d, 1 << 12);
    queue q(d);
    q.launch(kernels.kernel("add_one"), {b.size()}, b);
    std::vector<int> out(b.size());
    q.read(b, out);
    q.finish();
    EXPECT_EQ(out, std::vector<int>(b.size(), 1));
  }

  buffer<int> y = filled(1 << 16, 0);
};

TEST_F(isolated_leases, a_kernel_that_does_not_end_goes_with_its_worker_and_others_go_on) {
  const lease bad(dev, {.name = "bad"}), good(dev, {.name = "good"});
  buffer<int> stuck(bad.device(), 1 << 12);
  queue q(bad.device(), {.name = "stuck"}), fine(good.device(), {.name = "fine"});
  const event running = start_spinning(q, stuck), stored = q.launch(kernels.kernel("add_one"), {stuck.size()}, stuck);
  // In flight when the worker ends, and begun again since they read nothing that they write.
  std::vector<event> others;
  buffer<int> doubled(good.device(), x.size());
  for (int i = 0; i < 200; ++i)
    others.push_back(fine.launch(kernels.kernel("twice"), {x.size()}, x, doubled));
  const event crossing = fine.wait(stored);
  const auto worker = dev.worker_process();

  const auto began = std::chrono::steady_clock::now();
  const revoke_result r = bad.revoke(at_once(20ms));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  ASSERT_TRUE(r.replacement);
  EXPECT_EQ(r.replacement->cause, recovery_cause::requested);
  EXPECT_EQ(r.replacement->symptom, "a lease was revoked");
  EXPECT_EQ(r.replacement->commands_failed, 0u);
  EXPECT_NE(dev.worker_process(), worker);
  EXPECT_EQ(dev.generation(), 2u);
  EXPECT_EQ(r.commands_abandoned, 2u);
  ASSERT_EQ(r.abandoned.size(), 2u);
  EXPECT_EQ(r.abandoned[0].what, "kernel 'spin' of kernel.cl");
  EXPECT_EQ(r.bytes_freed, stuck.size_bytes());
  for (const event& e : {running, stored, crossing})
    EXPECT_EQ(failure(e).code(), error_code::lease_revoked) << failure(e).what();
  for (const event& e : others)
    e.wait();
  std::vector<int> out(x.size());
  EXPECT_THROW(fine.finish(), error); // of what waited for the other lease
  fine.read(doubled, out);
  fine.finish();
  EXPECT_EQ(out, std::vector<int>(x.size(), 6));
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
  EXPECT_FALSE(x.is_suspect());
  expect_works(good.device());
  expect_works(dev);
}

TEST_F(isolated_leases, what_a_cut_kernel_could_write_of_others_is_suspect) {
  const lease l(dev, {.name = "l"});
  queue q(l.device());
  start_spinning(q, x, "scribble");
  ASSERT_TRUE(l.revoke(at_once(0ms)).replacement);
  EXPECT_TRUE(x.is_suspect());
  EXPECT_FALSE(y.is_suspect());
}

TEST_F(isolated_leases, what_the_worker_has_not_begun_is_passed_over_without_replacing_it) {
  const lease l(dev, {.name = "l"});
  buffer<int> b(l.device(), 16);
  queue q(l.device());
  std::vector<event> all;
  for (int i = 0; i < 1000; ++i)
    all.push_back(q.launch(kernels.kernel("busy"), {1}, b));
  const revoke_result r = l.revoke(at_once(10s));
  EXPECT_FALSE(r.replacement);
  EXPECT_EQ(dev.generation(), 1u);
  EXPECT_LE(r.commands_drained + r.commands_abandoned, all.size());
  EXPECT_GE(r.commands_abandoned, 100u);
  std::uint64_t abandoned = 0;
  for (const event& e : all) {
    ASSERT_TRUE(e.is_complete());
    if (const auto failed = e.error()) {
      EXPECT_EQ(failed->code(), error_code::lease_revoked) << failed->what();
      ++abandoned;
    } else {
      EXPECT_EQ(abandoned, 0u) << "one ran behind others that did not";
    }
  }
  EXPECT_EQ(abandoned, r.commands_abandoned);
  expect_works(dev);
}

TEST_F(isolated_leases, a_revocation_that_fails_loses_no_command) {
  const lease l(dev, {.name = "l"});
  buffer<int> b(l.device(), 1 << 12);
  queue q(l.device());
  for (int round = 1; round <= 20; ++round) {
    for (int i = 0; i < 50; ++i)
      q.launch(kernels.kernel("add_one"), {b.size()}, b);
    std::stop_source stop;
    auto revoked = l.revoke_async({.pending = pending_work::abandon, .grace = 10s}, stop.get_token());
    stop.request_stop();
    try {
      (void)revoked.get();
      break; // it was faster
    } catch (const error& e) {
      ASSERT_EQ(e.code(), error_code::cancelled) << e.what();
    }
    std::vector<int> out(b.size());
    q.read(b, out);
    q.finish();
    ASSERT_EQ(out, std::vector<int>(b.size(), 50 * round));
  }
}

TEST_F(isolated_leases, workers_that_die_meanwhile_are_replaced) {
  for (int i = 0; i < 12; ++i) {
    const lease l(dev, {.name = "l"});
    buffer<int> b(l.device(), 1 << 12);
    queue q(l.device());
    std::vector<event> all;
    for (int k = 0; k < 300; ++k)
      all.push_back(q.launch(kernels.kernel("busy"), {1}, b));
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::microseconds(300 * i));
      ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    });
    const revoke_result r = l.revoke(
        {.pending = i % 2 ? pending_work::abandon : pending_work::wait_briefly, .deadline = 50ms, .grace = 10s});
    killer.join();
    EXPECT_EQ(r.bytes_freed, b.size_bytes());
    for (const event& e : all) {
      ASSERT_TRUE(e.is_complete());
      const error_code c = e.error() ? e.error()->code() : error_code::lease_revoked;
      EXPECT_TRUE(c == error_code::lease_revoked || c == error_code::interrupted ||
                  c == error_code::earlier_command_failed)
          << e.error()->what();
    }
    ASSERT_TRUE(dev.await_recoveries(static_cast<std::uint64_t>(i) + 1, 10s));
    expect_works(dev);
  }
}

TEST_F(isolated_leases, a_crash_of_its_own_is_told_as_what_it_is) {
  const lease l(dev, {.name = "l"});
  buffer<int> b(l.device(), 1 << 12);
  queue q(l.device());
  const event crashing = q.launch(kernels.kernel("wild"), {1}, b, std::uint64_t{1} << 44);
  const event behind = q.launch(kernels.kernel("add_one"), {b.size()}, b);
  const revoke_result r = l.revoke({.pending = pending_work::wait, .deadline = 20s});
  EXPECT_EQ(failure(crashing).code(), error_code::kernel_crashed);
  // A GPU may have begun it.
  const error_code expected = is_cpu() ? error_code::earlier_command_failed : error_code::interrupted;
  EXPECT_TRUE(failure(behind).code() == expected || failure(behind).code() == error_code::earlier_command_failed);
  EXPECT_EQ(r.commands_abandoned, 0u);
  // A GPU may have begun both, and which of them it was shows when they run again.
  EXPECT_LE(dev.recovery_count(), is_cpu() ? 1u : 2u);
}

TEST_F(isolated_leases, resets_and_revocations_come_at_once) {
  for (const reset_level level : {reset_level::soft, reset_level::context, reset_level::hard}) {
    SCOPED_TRACE(to_string(level));
    const lease l(dev, {.name = "l"});
    buffer<int> b(l.device(), 1 << 12);
    queue q(l.device());
    for (int i = 0; i < 100; ++i)
      q.launch(kernels.kernel("busy"), {1}, b);
    reset_options o;
    o.level = level;
    o.pending = level == reset_level::soft ? pending_work::wait : pending_work::wait_briefly;
    o.deadline = level == reset_level::soft ? 20s : 20ms;
    auto reset = dev.reset_async(o);
    const revoke_result r = l.revoke(at_once(10s));
    ASSERT_EQ(reset.wait_for(30s), std::future_status::ready);
    (void)reset.get();
    EXPECT_EQ(r.buffers_ended, 1u);
    EXPECT_EQ(thrown_by([&] { q.marker(); }).code(), error_code::lease_revoked);
    expect_works(dev);
  }
}

TEST_F(isolated_leases, two_with_kernels_that_do_not_end_are_revoked_at_once) {
  std::vector<lease> all;
  std::vector<queue> queues;
  std::vector<buffer<int>> buffers;
  for (int i = 0; i < 3; ++i) {
    all.emplace_back(dev, lease_options{.name = std::to_string(i)});
    queues.emplace_back(all.back().device());
    buffers.emplace_back(all.back().device(), 16);
    queues.back().launch(kernels.kernel("spin"), {1}, buffers.back());
  }
  std::this_thread::sleep_for(50ms);
  std::vector<std::future<revoke_result>> revoked;
  for (const lease& l : all)
    revoked.push_back(l.revoke_async(at_once(10ms)));
  for (auto& r : revoked) {
    ASSERT_EQ(r.wait_for(30s), std::future_status::ready);
    EXPECT_EQ(r.get().commands_abandoned, 1u);
  }
  expect_works(dev);
}

TEST_F(isolated_leases, a_lost_device_lets_go_of_its_leases) {
  const std::string real =
      std::filesystem::read_symlink("/proc/" + std::to_string(*dev.worker_process()) + "/exe").string();
  char folder[] = "/tmp/dotcompute-lease-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string mark = std::string(folder) + "/started", script = std::string(folder) + "/worker";
  // The first worker is a real one, and there is no second.
  std::ofstream(script) << "#!/bin/sh\n[ -e " << mark << " ] && exit 1\ntouch " << mark << "\nexec " << real
                        << " \"$@\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const char* const before = std::getenv("DOTCOMPUTE_WORKER");
  const std::string found = before ? before : real;
  ::setenv("DOTCOMPUTE_WORKER", script.c_str(), 1);
  open_options o = options();
  o.spares = 0;
  const device lost = device::open("cpu:0", o);
  ::setenv("DOTCOMPUTE_WORKER", found.c_str(), 1);
  const auto p = program::compile(lost, source);
  const lease l(lost, {.name = "l"});
  buffer<int> b(l.device(), 1 << 12);
  queue q(l.device());
  const event running = q.launch(p.kernel("spin"), {1}, b), stored = q.launch(p.kernel("add_one"), {b.size()}, b);
  std::this_thread::sleep_for(50ms);
  ::kill(static_cast<pid_t>(*lost.worker_process()), SIGKILL);
  EXPECT_EQ(failure(running).code(), error_code::device_lost);
  EXPECT_EQ(failure(stored).code(), error_code::device_lost);
  const revoke_result r = l.revoke();
  EXPECT_EQ(r.buffers_ended, 1u);
  EXPECT_EQ(thrown_by([&] { q.marker(); }).code(), error_code::lease_revoked);
  EXPECT_EQ(lost.memory().statistics().wrong_frees, 0u);
  std::filesystem::remove_all(folder);
}

TEST_F(isolated_leases, a_hundred_that_do_not_end_leave_nothing_behind) {
  const auto count = [](const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return std::distance(begin(all), end(all));
  };
  const std::uint64_t blocks = dev.memory().statistics().live_blocks;
  std::ptrdiff_t files = 0;
  for (int i = 0; i < 100; ++i) {
    const lease l(dev, {.name = "guest"});
    buffer<int> b(l.device(), 1 << 12);
    queue q(l.device());
    q.launch(kernels.kernel("spin"), {1}, b);
    q.launch(kernels.kernel("add_one"), {b.size()}, b);
    (void)l.revoke(at_once(1ms));
    if (i != 20) continue;
    std::this_thread::sleep_for(500ms); // until there is a spare again
    files = count("/proc/self/fd");
  }
  std::this_thread::sleep_for(500ms);
  EXPECT_LE(count("/proc/self/fd"), files + 2);
  EXPECT_EQ(dev.memory().statistics().live_blocks, blocks);
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
  expect_works(dev);
}

} // namespace
} // namespace dotcompute::test
