// SPDX-License-Identifier: MIT
// A device in a worker process: it computes, its faults are named, its memory is kept.
#include "../../child_processes.hpp"
#include "isolated_device.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace dotcompute::test {
namespace {

class recovery : public isolated_device {};

TEST_F(recovery, a_worker_computes) {
  queue q(dev);
  for (int i = 0; i < 100; ++i)
    q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 103));
  EXPECT_EQ(dev.isolation(), isolation::process);
  EXPECT_NE(*dev.worker_process(), ::getpid());
  EXPECT_EQ(dev.recovery_count(), 0u);
}

// What fork() takes along stays the parent's: a child that lets go of it takes nothing from the parent.
TEST_F(recovery, a_child_that_fork_made_leaves_the_device_to_its_parent) {
  struct handles {
    device d;
    queue q;
    buffer<int> b;
    explicit handles(const open_options& how) : d(device::open(device_id(), how)), q(d), b(d, 1000) {}
  };
  auto h = std::make_unique<handles>(options());
  h->q.fill(h->b, 5).wait();
  const auto worker = h->d.worker_process();
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(20);
    int code = 1;
    try {
      const queue more(h->d);
    } catch (const error& e) {
      code = e.code() == error_code::stale_handle ? 0 : 2;
    }
    h.reset();
    ::_exit(code);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_EQ(h->b.to_vector(), std::vector<int>(1000, 5));
  h->q.fill(h->b, 6).wait();
  EXPECT_EQ(h->b.to_vector(), std::vector<int>(1000, 6));
  EXPECT_EQ(h->d.worker_process(), worker);
  EXPECT_EQ(h->d.recovery_count(), 0u);
}

TEST_F(recovery, a_crash_is_named_and_everything_else_is_kept) {
  const buffer<int> other = filled(1 << 16, 5);
  queue q(dev, {.name = "bad"}), well(dev, {.name = "well"});
  const event crash = q.launch(kernels.kernel("wild"), {4}, x, std::uint64_t{1} << 44);
  const event after = q.launch(kernels.kernel("add_one"), {x.size()}, x);
  const error e = failure(crash);
  EXPECT_EQ(e.code(), error_code::kernel_crashed) << e.what();
  EXPECT_NE(e.message().find("kernel 'wild'"), std::string::npos) << e.what();
  EXPECT_NE(e.message().find(wild_symptom()), std::string::npos) << e.what();
  // On a GPU it may have been handed over with the first.
  const error_code next = failure(after).code();
  EXPECT_TRUE(next == error_code::earlier_command_failed || (!is_cpu() && next == error_code::interrupted));
  EXPECT_THROW(q.finish(), error);
  ASSERT_TRUE(dev.await_recoveries(1, 10s));
  EXPECT_EQ(dev.generation(), 1 + dev.recovery_count());
  EXPECT_TRUE(x.is_suspect());
  EXPECT_FALSE(other.is_suspect());
  x.accept_contents();
  EXPECT_FALSE(x.is_suspect());

  well.launch(kernels.kernel("add_one"), {other.size()}, other);
  well.finish();
  EXPECT_EQ(contents(other), std::vector<int>(other.size(), 6));
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 4));

  const recovery_report r = dev.recoveries().back();
  EXPECT_EQ(r.cause, recovery_cause::kernel_crashed);
  EXPECT_EQ(r.commands_suspected, 1u);
  ASSERT_EQ(r.failed.size(), 1u);
  EXPECT_TRUE(r.failed[0].is_culprit);
  // On a GPU the first time both may have done it.
  EXPECT_EQ(dev.recovery_count(), next == error_code::interrupted ? 2u : 1u);
  EXPECT_EQ(r.failed[0].queue, "bad");
  EXPECT_GE(r.bytes_suspect, x.size() * sizeof(int));
}

TEST_F(recovery, commands_behind_a_crash_run_where_so_set) {
  queue q(dev, {.on_failure = after_failure::go_on});
  const buffer<int> y = filled(1 << 10, 4);
  const event crash = q.launch(kernels.kernel("wild"), {4}, x, std::uint64_t{1} << 44);
  const event after = q.launch(kernels.kernel("add_one"), {y.size()}, y);
  EXPECT_EQ(failure(crash).code(), error_code::kernel_crashed);
  if (is_cpu()) { // a GPU may have begun it
    EXPECT_NO_THROW(after.wait());
    EXPECT_EQ(contents(y), std::vector<int>(y.size(), 5));
  }
  EXPECT_EQ(thrown_by([&] { q.finish(); }).code(), error_code::kernel_crashed);
}

TEST_F(recovery, a_hung_kernel_is_stopped_at_its_limit) {
  queue q(dev, {.name = "slow", .time_limit = 200ms});
  const auto began = std::chrono::steady_clock::now();
  const error e = failure(q.launch(kernels.kernel("spin"), {1}, x));
  EXPECT_EQ(e.code(), error_code::kernel_hung) << e.what();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_THROW(q.finish(), error);
  q.launch(kernels.kernel("add_one"), {x.size()}, x);
  q.finish();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 4));
}

TEST_F(recovery, a_launch_is_stopped_at_its_own_limit) {
  queue q(dev, {.name = "patient", .time_limit = 60s}), unlimited(dev);
  for (queue* on : {&q, &unlimited}) {
    const auto began = std::chrono::steady_clock::now();
    const error e = failure(on->launch(kernels.kernel("spin"), nd_range{1}.within(150ms), x));
    EXPECT_EQ(e.code(), error_code::kernel_hung) << e.what();
    EXPECT_NE(e.message().find("its limit of 0.150 s"), std::string::npos) << e.what();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_THROW(on->finish(), error);
  }
  EXPECT_EQ(dev.recovery_count(), 2u);
}

// What stands before it takes none of a launch's time, and what stands behind has its own.
TEST_F(recovery, a_launch_may_take_longer_than_its_queue_allows) {
  queue q(dev, {.time_limit = 250ms});
  const kernel busy = kernels.kernel("busy");
  for (int i = 0; i < 1000; ++i) // together beyond the limit, each far below
    q.launch(busy, 1, x);
  q.marker();
  const event longer = q.launch(kernels.kernel("spin"), nd_range{1}.within(800ms), x);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(failure(longer).code(), error_code::kernel_hung);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 600ms);
  EXPECT_EQ(dev.recovery_count(), 1u);
}

TEST_F(recovery, impossible_limits_of_a_launch_are_refused) {
  queue q(dev);
  const kernel k = kernels.kernel("add_one");
  for (const auto limit : {0ns, -1ns})
    EXPECT_EQ(thrown_by([&] { q.launch(k, nd_range{x.size()}.within(limit), x); }).code(),
              error_code::invalid_argument);
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 3));
}

TEST_F(recovery, a_killed_worker_is_replaced_and_queued_work_still_runs) {
  queue q(dev);
  for (int round = 1; round <= 20; ++round) {
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    q.launch(kernels.kernel("twice"), {x.size()}, x, x);
    try {
      q.finish();
    } catch (const error& e) {
      EXPECT_EQ(e.code(), error_code::interrupted) << e.what();
    }
    ASSERT_TRUE(dev.await_recoveries(static_cast<std::uint64_t>(round), 10s)) << round;
  }
  EXPECT_EQ(dev.generation(), 21u);
}

TEST_F(recovery, the_first_read_of_a_device_meets_a_dying_worker) {
  for (int i = 0; i < 6; ++i) {
    const device fresh = device::open(device_id(), options());
    const buffer<int> b(fresh, 1 << 20);
    queue q(fresh);
    std::vector<int> host(b.size());
    std::jthread reading([&] { EXPECT_NO_THROW(q.read(b, host).wait()); });
    std::this_thread::sleep_for(std::chrono::microseconds(i * 200));
    ::kill(static_cast<pid_t>(*fresh.worker_process()), SIGKILL);
    EXPECT_TRUE(fresh.await_recoveries(1, 10s)) << i;
  }
}

// A queue that waits for another has a command in flight before the wait, which is run again.
TEST_F(recovery, a_queue_that_waits_for_another_goes_on) {
  const std::size_t n = is_cpu() ? 1 << 22 : 1 << 12; // some milliseconds
  const buffer<int> from = filled(n, 1), a_to(dev, n), b_to(dev, n);
  const kernel twice = kernels.kernel("twice");
  for (std::uint64_t round = 1; round <= 5; ++round) {
    queue a(dev, {.name = "a"}), b(dev, {.name = "b"});
    for (int i = 0; i < 40; ++i) {
      a.launch(twice, n, from, a_to);
      b.launch(twice, n, from, b_to);
    }
    a.wait(b.launch(twice, n, from, b_to));
    const event last = a.launch(twice, n, from, a_to);
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    EXPECT_TRUE(last.wait_for(20s)) << round;
    ASSERT_TRUE(dev.await_recoveries(round, 10s));
  }
}

TEST_F(recovery, workers_that_do_nothing_come_ever_later_and_then_no_more) {
  std::optional<queue> last(dev);
  queue& q = *last;
  std::vector<std::chrono::nanoseconds> took;
  for (bool is_lost = false; !is_lost && took.size() < 20;) {
    const std::uint64_t before = dev.recovery_count();
    const auto began = std::chrono::steady_clock::now();
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    while (!is_lost && dev.recovery_count() == before && std::chrono::steady_clock::now() < began + 10s) {
      try {
        const queue another(dev); // is answered by a worker, and gives it nothing to do
      } catch (const error& e) {
        EXPECT_EQ(e.code(), error_code::device_lost);
        EXPECT_NE(e.message().find("10 worker processes in a row"), std::string::npos) << e.what();
        is_lost = true;
      }
      std::this_thread::sleep_for(1ms);
    }
    took.push_back(std::chrono::steady_clock::now() - began);
  }
  ASSERT_EQ(took.size(), 11u); // the first had filled x
  EXPECT_LT(took[2], 2s);
  EXPECT_GE(took[9], 3200ms);
  EXPECT_EQ(thrown_by([&] { q.fill(x, 3); }).code(), error_code::device_lost);
  const auto began = std::chrono::steady_clock::now();
  last.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s) << "it waited for a worker process that will not come";
}

TEST_F(recovery, workers_that_were_of_use_are_always_replaced_at_once) {
  queue q(dev);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    q.fill(x, static_cast<int>(i));
    q.finish();
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    ASSERT_TRUE(dev.await_recoveries(i, 3s)) << i;
  }
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 20));
}

void show(const recovery_report& r) {
  const auto ms = [](std::chrono::nanoseconds t) { return static_cast<double>(t.count()) / 1e6; };
  std::cout << "recovery after " << to_string(r.cause) << " (" << r.symptom << "), ms: stopped " << ms(r.worker_stopped)
            << ", started " << ms(r.worker_started) << ", mapped " << ms(r.memory_mapped) << ", loaded "
            << ms(r.programs_loaded) << ", canary " << ms(r.canary_done) << ", resumed " << ms(r.resumed)
            << (r.used_spare ? ", spare" : ", no spare") << ", " << r.bytes_kept << " bytes kept\n";
}

// DOTCOMPUTE_TEST_BYTES says how much; what is printed are the times that the guide to recovery shows.
TEST_F(recovery, memory_survives_every_fault) {
  const char* const given = std::getenv("DOTCOMPUTE_TEST_BYTES");
  const std::uint64_t bytes = given ? std::strtoull(given, nullptr, 0) : std::uint64_t{256} << 20;
  const std::uint64_t piece = std::min<std::uint64_t>(bytes, 256 << 20), pieces = bytes / piece;
  std::vector<buffer<int>> all;
  for (std::uint64_t i = 0; i < pieces; ++i)
    all.push_back(filled(piece / sizeof(int), static_cast<int>(i)));
  queue q(dev, {.time_limit = 300ms});
  std::uint64_t faults = 0;
  for (const char* name : {"wild", "spin", "wild", "spin"}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(is_cpu() ? 300 : 1500)); // for the next spare
    const kernel k = kernels.kernel(name);
    EXPECT_THROW((name[0] == 'w' ? q.launch(k, {4}, x, std::uint64_t{1} << 44) : q.launch(k, {1}, x)).wait(), error);
    ASSERT_TRUE(dev.await_recoveries(++faults, 30s));
    EXPECT_THROW(q.finish(), error);
    const auto known = std::chrono::steady_clock::now();
    q.launch(kernels.kernel("add_one"), {x.size()}, x).wait();
    const std::chrono::duration<double, std::milli> first = std::chrono::steady_clock::now() - known;
    show(dev.recoveries().back());
    std::cout << "  the first kernel after it took " << first.count() << " ms\n";
  }
  std::vector<int> host(piece / sizeof(int));
  for (std::uint64_t i = 0; i < pieces; ++i) {
    queue reader(dev);
    reader.read(all[i], host);
    reader.finish();
    ASSERT_EQ(std::count(host.begin(), host.end(), static_cast<int>(i)), static_cast<std::ptrdiff_t>(host.size()));
  }
}

TEST_F(recovery, a_queue_that_waits_behind_what_runs_again_goes_on) {
  const buffer<int> y = filled(x.size(), 0), z = filled(x.size(), 0);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    queue a(dev), b(dev);
    event of_b;
    for (int k = 0; k < 200; ++k) {
      a.launch(kernels.kernel("twice"), {x.size()}, x, y);
      of_b = b.launch(kernels.kernel("twice"), {x.size()}, x, z);
    }
    a.wait(of_b);
    const event last = a.launch(kernels.kernel("twice"), {x.size()}, z, y);
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    EXPECT_TRUE(last.wait_for(20s)) << "round " << i;
    ASSERT_TRUE(dev.await_recoveries(i, 10s));
    EXPECT_EQ(contents(y), std::vector<int>(y.size(), 12));
  }
}

TEST(canary, may_be_missing_where_no_compiler_is_and_the_device_goes_on) {
  char folder[] = "/tmp/dotcompute-canary-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  ::setenv("DOTCOMPUTE_COMPILER", "/nowhere/compiler", 1);
  ::setenv("DOTCOMPUTE_CACHE_DIR", folder, 1);
  open_options o;
  o.isolation = isolation::process;
  const device d = device::open("cpu:0", o);
  const buffer<int> b(d, 1 << 10);
  queue q(d);
  const auto until = std::chrono::steady_clock::now() + 300ms; // it would be made in this time
  while (std::chrono::steady_clock::now() < until) {
    q.fill(b, 7);
    q.finish();
  }
  const reset_result r = d.reset();
  ASSERT_TRUE(r.replacement);
  EXPECT_EQ(b.to_vector(), std::vector<int>(1 << 10, 7));
  std::filesystem::remove_all(folder);
}

class spares : public isolated_device {
 protected:
  static constexpr std::uint32_t count = 3;
  static open_options several() {
    open_options o = options();
    o.spares = count;
    return o;
  }
  spares() : isolated_device(device_id(), several()) {}
};

TEST_F(spares, serve_as_many_faults_in_a_row) {
  buffer<int> x = filled(16, 0);
  queue q(dev);
  std::this_thread::sleep_for(count * (is_cpu() ? 300ms : 1500ms)); // until they are ready
  for (std::uint32_t i = 1; i <= count; ++i) {
    q.launch(kernels.kernel("add_one"), {x.size()}, x).wait();
    ::kill(static_cast<pid_t>(*dev.worker_process()), SIGKILL);
    ASSERT_TRUE(dev.await_recoveries(i, 30s)) << i;
    EXPECT_TRUE(dev.recoveries().back().used_spare) << i;
  }
  q.launch(kernels.kernel("add_one"), {x.size()}, x).wait();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), count + 1));
}

TEST_F(spares, that_died_are_passed_over) {
  std::this_thread::sleep_for(count * (is_cpu() ? 300ms : 1500ms));
  const pid_t active = static_cast<pid_t>(*dev.worker_process());
  std::vector<pid_t> all;
  for (const pid_t p : children_of(::getpid()))
    if (std::filesystem::read_symlink("/proc/" + std::to_string(p) + "/exe").filename() == "dotcompute-worker")
      all.push_back(p);
  ASSERT_EQ(all.size(), count + 1);
  for (const pid_t p : all)
    if (p != active) ::kill(p, SIGKILL);
  ::kill(active, SIGKILL);
  ASSERT_TRUE(dev.await_recoveries(1, 30s));
  buffer<int> x = filled(16, 0);
  queue(dev).launch(kernels.kernel("add_one"), {x.size()}, x).wait();
  EXPECT_EQ(contents(x), std::vector<int>(x.size(), 1));
}

TEST(spare, so_many_are_refused) {
  open_options o;
  o.spares = 17;
  try {
    device::open("cpu:0", o);
    FAIL() << "17 spares";
  } catch (const error& e) {
    EXPECT_EQ(e.code(), error_code::invalid_argument) << e.what();
    EXPECT_NE(e.message().find("at most 16"), std::string::npos) << e.what();
  }
}

TEST(spare, that_does_not_come_up_is_started_ever_less_often) {
  open_options o;
  o.isolation = isolation::process;
  const std::string real =
      std::filesystem::read_symlink("/proc/" + std::to_string(*device::open("cpu:0", o).worker_process()) + "/exe");
  char folder[] = "/tmp/dotcompute-spare-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string starts = std::string(folder) + "/starts", script = std::string(folder) + "/worker";
  // The first worker is a real one.
  std::ofstream(script) << "#!/bin/sh\necho >>" << starts << "\n[ $(wc -l <" << starts << ") -gt 1 ] && exit 1\nexec "
                        << real << " \"$@\"\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  ::setenv("DOTCOMPUTE_WORKER", script.c_str(), 1);
  {
    const device d = device::open("cpu:0", o);
    std::this_thread::sleep_for(1700ms);
    const buffer<int> still_works(d, 1 << 10);
    queue q(d);
    q.fill(still_works, 1);
    q.finish();
  }
  ::setenv("DOTCOMPUTE_WORKER", real.c_str(), 1);
  std::ifstream counted(starts);
  const auto times = std::count(std::istreambuf_iterator<char>(counted), {}, '\n');
  EXPECT_GE(times, 3); // the first, and two that failed
  EXPECT_LE(times, 7); // after 0, 0.1, 0.3, 0.7 and 1.5 s; every 0.1 s it would be 18
  std::filesystem::remove_all(folder);
}

} // namespace
} // namespace dotcompute::test
