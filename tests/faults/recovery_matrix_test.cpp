// SPDX-License-Identifier: MIT
// Faults of every kind in every state of a device, and many in a row: waiters are answered, memory is kept, and nothing
// stays behind in the service.
#include "recovery_matrix.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::test {
namespace {

class bad_kernel : public recovery_matrix, public ::testing::WithParamInterface<const char*> {};

TEST_P(bad_kernel, in_every_state) {
  const bool hangs = std::string(GetParam()) == "endless";
  suffer_everywhere(hangs ? recovery_cause::kernel_hung : recovery_cause::kernel_crashed, [this](queue& q) {
    const event e = q.launch(kernels.kernel(GetParam()), {1}, victim);
    EXPECT_THROW(e.wait(), error);
  });
}
INSTANTIATE_TEST_SUITE_P(kinds, bad_kernel, ::testing::Values("wild_write", "wild_read", "null_read", "endless"),
                         [](const auto& p) { return std::string(p.param); });

TEST_F(recovery_matrix, worker_killed) {
  suffer_everywhere(recovery_cause::worker_died, [this](queue&) { ::kill(worker(), SIGKILL); });
}

// No kernel is to blame for what somebody sends.
TEST_F(recovery_matrix, worker_sent_a_signal) {
  suffer_everywhere(recovery_cause::worker_died, [this](queue&) { ::kill(worker(), SIGFPE); });
}

TEST_F(recovery_matrix, division_by_zero_is_no_fault) {
  queue q(dev);
  q.launch(kernels.kernel("by_zero"), {1}, victim);
  EXPECT_NO_THROW(q.finish());
  EXPECT_EQ(dev.recovery_count(), 0u);
  EXPECT_EQ(contents(victim)[0], 3);
}

TEST_F(recovery_matrix, queues_are_made_while_workers_die) {
  auto killer = std::async(std::launch::async, [&] {
    for (std::uint64_t i = 1; i <= 100; ++i) {
      queue hung(dev, {.time_limit = 1ms});
      hung.launch(kernels.kernel("endless"), {1}, victim);
      ASSERT_TRUE(dev.await_recoveries(i, 10s)) << i;
    }
  });
  const auto make_queues = [&] {
    const kernel add_one = kernels.kernel("add_one");
    std::uint64_t made = 0;
    for (; killer.wait_for(0s) == std::future_status::timeout; ++made) {
      queue q(dev); // however often workers are replaced while it is made
      try {
        q.launch(add_one, {items}, worked);
        q.finish(5s);
      } catch (const error& e) {
        EXPECT_EQ(e.code(), error_code::interrupted) << e.what();
      }
    }
    return made;
  };
  auto beside = std::async(std::launch::async, make_queues);
  EXPECT_GT(make_queues() + beside.get(), 100u);
  killer.get();
  EXPECT_GE(dev.recovery_count(), 100u);
}

TEST_F(recovery_matrix, worker_stopped) {
  suffer_everywhere(recovery_cause::worker_stopped, [this](queue&) { ::kill(worker(), SIGSTOP); });
}

TEST_F(recovery_matrix, spare_killed_at_the_same_time) {
  suffer_everywhere(recovery_cause::worker_died, [](queue&) { kill_workers(); });
}

// The first two processes that come to take its place.
TEST_F(recovery_matrix, killed_again_during_the_recovery) {
  suffer_everywhere(recovery_cause::worker_died, [](queue&) {
    std::vector<pid_t> dead = workers();
    kill_workers();
    const auto end = std::chrono::steady_clock::now() + 5s;
    for (int killed = 0; killed < 2 && std::chrono::steady_clock::now() < end;)
      for (const pid_t p : workers()) {
        if (std::count(dead.begin(), dead.end(), p) != 0) continue;
        ::kill(p, SIGKILL);
        dead.push_back(p);
        ++killed;
      }
  });
}

TEST_F(recovery_matrix, ring_corrupted) {
  suffer_everywhere(recovery_cause::ring_corrupted, [](queue&) {
    // The queues' memory files, as a stray write of the worker would change them: what it says it has done.
    const std::vector<unsigned char> garbage(512, 0xee);
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (std::filesystem::read_symlink(entry, ignored).string().find("memfd:dotcompute queue") == std::string::npos)
        continue;
      const int file = std::stoi(entry.path().filename());
      EXPECT_EQ(::pwrite(file, garbage.data(), garbage.size(), 128), static_cast<ssize_t>(garbage.size()));
    }
  });
}

// Nothing faults here: the processors do it, and vectors are stored as their elements are aligned.
TEST_F(recovery_matrix, misaligned_access_is_no_fault) {
  queue q(dev);
  q.launch(kernels.kernel("misaligned"), {1}, victim);
  q.finish();
  std::vector<int> expected(items, 3);
  std::fill_n(expected.begin() + 1, 16, 1);
  EXPECT_EQ(contents(victim), expected);
  EXPECT_EQ(dev.recovery_count(), 0u);
}

// Another device, whose worker is another process.
TEST_F(recovery_matrix, another_device_notices_nothing) {
  const device calm = device::open("cpu:0", lenient());
  const program p = program::compile(calm, failing_source);
  const buffer<int> of_calm(calm, items);
  std::atomic<bool> is_over{false};
  std::chrono::nanoseconds longest{};
  std::uint64_t turns = 0;
  std::thread computing([&] {
    queue q(calm);
    for (auto last = std::chrono::steady_clock::now(); !is_over; ++turns) {
      EXPECT_NO_THROW(q.fill(of_calm, static_cast<int>(turns)));
      EXPECT_NO_THROW(q.launch(p.kernel("add_one"), {items}, of_calm));
      std::vector<int> v(items);
      EXPECT_NO_THROW(q.read(of_calm, v));
      EXPECT_NO_THROW(q.finish());
      EXPECT_EQ(std::count(v.begin(), v.end(), static_cast<int>(turns) + 1), static_cast<std::ptrdiff_t>(items));
      const auto now = std::chrono::steady_clock::now();
      longest = std::max<std::chrono::nanoseconds>(longest, now - last);
      last = now;
    }
  });
  for (const char* const name : {"wild_write", "endless", "wild_read", "null_read"})
    for (int i = 0; i < 3; ++i) {
      queue q(dev, {.time_limit = 50ms});
      EXPECT_THROW(q.launch(kernels.kernel(name), {1}, victim).wait(), error);
      const std::uint64_t before = dev.recovery_count();
      ::kill(worker(), SIGKILL);
      EXPECT_TRUE(dev.await_recoveries(before + 1, 10s));
      q.fill(victim, 3);
      try {
        q.finish();
      } catch (const error&) {
      } // of before
    }
  is_over = true;
  computing.join();
  EXPECT_GT(turns, 10u);
  EXPECT_EQ(calm.recovery_count(), 0u);
  EXPECT_LT(longest, 2s);
  std::cout << turns << " turns beside " << dev.recovery_count() << " recoveries; longest gap "
            << std::chrono::duration<double, std::milli>(longest).count() << " ms\n";
}

using recovery_leaks = recovery_matrix;

TEST_F(recovery_leaks, a_thousand_faults_leave_nothing_behind) {
  queue q(dev);
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto mappings = [] {
    std::ifstream maps("/proc/self/maps");
    std::ptrdiff_t shared = 0;
    for (std::string line; std::getline(maps, line);)
      shared += line.find("/memfd:") != std::string::npos;
    return shared;
  };
  using counts = std::array<std::ptrdiff_t, 3>;
  const auto count = [&] {
    return counts{descriptors(), mappings(), static_cast<std::ptrdiff_t>(children_of(::getpid()).size())};
  };
  // Between two spares a count is off by one worker's: what stands for half a second is what stays.
  const auto settled = [&] {
    counts last = count();
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (int same = 0; same < 5 && std::chrono::steady_clock::now() < deadline;) {
      std::this_thread::sleep_for(100ms);
      const counts now = count();
      same = now == last ? same + 1 : 0;
      last = now;
    }
    return last;
  };
  counts early{};
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    EXPECT_THROW(q.launch(kernels.kernel("wild_write"), {1}, victim).wait(), error);
    EXPECT_THROW(q.finish(), error);
    ASSERT_TRUE(dev.await_recoveries(i, 10s)) << i;
    if (i == 100) early = settled();
  }
  EXPECT_EQ(settled(), early);
}

} // namespace
} // namespace dotcompute::test
