// SPDX-License-Identifier: MIT
// Faults of every kind in every state of a device, and many in a row: waiters are answered, memory is kept, and nothing
// stays behind in the service.
#include "child_processes.hpp"
#include "isolated_device.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::test {
namespace {

constexpr const char* failing_source = R"(
kernel void add_one(global int* x) { x[get_global_id(0)] += 1; }
kernel void wild_write(global int* x) { *(global int*)((ulong)x + (1ul << 44)) = 7; }
kernel void wild_read(global int* x) { x[0] = *(global int*)((ulong)x + (1ul << 44)); }
kernel void null_read(global int* x) { x[0] = *(global volatile int*)(ulong)(x[0] - 3); }
kernel void endless(global volatile int* x) { while (x[0] != 12345) {} }
kernel void busy(global int* x) { int s = x[0]; for (int i = 0; i < 3000000; ++i) s = s * 1664525 + 1013904223; x[0] = s; }
)";
constexpr auto limit = 200ms;
constexpr std::size_t items = 1 << 14;

enum class state { idle, in_copy, in_kernel, several_queues, in_reset, in_revocation };

class recovery_matrix : public isolated_device {
 protected:
  static open_options lenient() {
    open_options o = options();
    o.default_wait = 20s;
    o.refuse_after = 0; // the same kernels fail a thousand times
    return o;
  }
  recovery_matrix() : isolated_device("cpu:0", lenient(), failing_source) {}

  buffer<int> victim = filled(items, 3), other = filled(1 << 20, 5), scratch = filled(1 << 20, 0),
              worked = filled(items, 1);

  void expect_all(const buffer<int>& b, int value) {
    const std::vector<int> v = contents(b);
    EXPECT_EQ(std::count(v.begin(), v.end(), value), static_cast<std::ptrdiff_t>(v.size()));
  }
  pid_t worker() const { return static_cast<pid_t>(*dev.worker_process()); }

  /// The fault, while the device is in state `s`; everything is checked afterwards.
  void suffer(state s, const std::function<void(queue&)>& fault) {
    const std::uint64_t before = dev.recovery_count();
    queue failing(dev, {.name = "failing", .time_limit = limit}), a(dev, {.name = "a"}), b(dev, {.name = "b"});
    if (s == state::in_copy || s == state::several_queues)
      for (int i = 0; i < 8; ++i)
        a.copy(other, scratch);
    if (s == state::in_kernel || s == state::several_queues)
      for (int i = 0; i < 3; ++i)
        b.launch(kernels.kernel("busy"), {1}, worked);
    if (s == state::in_reset) a.launch(kernels.kernel("busy"), {1}, worked);
    const auto began = std::chrono::steady_clock::now();
    std::future<reset_result> reset;
    if (s == state::in_reset) reset = dev.reset_async({.pending = pending_work::wait_briefly, .deadline = 300ms});
    const lease guest(dev, {.name = "guest"});
    queue of_guest(guest.device(), {.name = "of guest"});
    const buffer<int> held(guest.device(), items);
    std::future<revoke_result> revoked;
    if (s == state::in_revocation) {
      for (int i = 0; i < 3; ++i)
        of_guest.launch(kernels.kernel("busy"), {1}, held);
      revoked = guest.revoke_async({.deadline = 20ms, .grace = 5s});
    }
    fault(failing);
    if (revoked.valid()) {
      ASSERT_EQ(revoked.wait_for(10s), std::future_status::ready);
      EXPECT_EQ(revoked.get().buffers_ended, 1u);
      EXPECT_EQ(thrown_by([&] { of_guest.marker(); }).code(), error_code::lease_revoked);
    }
    if (reset.valid()) {
      ASSERT_EQ(reset.wait_for(10s), std::future_status::ready);
      EXPECT_EQ(reset.get().replacement->cause, recovery_cause::requested);
    }
    for (queue* q : {&failing, &a, &b}) {
      try {
        q->finish();
      } catch (const error& e) {
        const error_code c = e.code();
        EXPECT_TRUE(c == error_code::kernel_crashed || c == error_code::kernel_hung || c == error_code::interrupted ||
                    c == error_code::earlier_command_failed || c == error_code::cancelled)
            << e.what();
      }
    }
    ASSERT_TRUE(dev.await_recoveries(before + 1, 10s));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    expect_all(other, 5);
    failing.fill(victim, 3);
    failing.launch(kernels.kernel("add_one"), {items}, victim);
    failing.finish();
    expect_all(victim, 4);
    failing.fill(victim, 3);
    failing.finish();
  }
  void suffer_everywhere(const std::function<void(queue&)>& fault) {
    for (const state s : {state::idle, state::in_copy, state::in_kernel, state::several_queues, state::in_reset,
                          state::in_revocation}) {
      SCOPED_TRACE(static_cast<int>(s));
      suffer(s, fault);
      if (HasFatalFailure()) return;
    }
  }
};

class bad_kernel : public recovery_matrix, public ::testing::WithParamInterface<const char*> {};

TEST_P(bad_kernel, in_every_state) {
  suffer_everywhere([this](queue& q) {
    const event e = q.launch(kernels.kernel(GetParam()), {1}, victim);
    EXPECT_THROW(e.wait(), error);
  });
}
INSTANTIATE_TEST_SUITE_P(kinds, bad_kernel, ::testing::Values("wild_write", "wild_read", "null_read", "endless"),
                         [](const auto& p) { return std::string(p.param); });

TEST_F(recovery_matrix, worker_killed) {
  suffer_everywhere([this](queue&) { ::kill(worker(), SIGKILL); });
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
  suffer_everywhere([this](queue&) { ::kill(worker(), SIGSTOP); });
}

TEST_F(recovery_matrix, spare_killed_at_the_same_time) {
  suffer_everywhere([](queue&) {
    for (const pid_t p : children_of(::getpid())) {
      std::ifstream name("/proc/" + std::to_string(p) + "/comm");
      std::string text;
      name >> text;
      if (text.starts_with("dotcompute-work")) ::kill(p, SIGKILL);
    }
  });
}

TEST_F(recovery_matrix, ring_corrupted) {
  suffer_everywhere([](queue&) {
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
