// SPDX-License-Identifier: MIT
// A device that suffers a fault in every state it can be in, and what must hold afterwards.
#pragma once

#include "../child_processes.hpp"
#include "isolated_device.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <future>
#include <string>
#include <vector>

namespace dotcompute::test {

inline constexpr const char* failing_source = R"(
kernel void add_one(global int* x) { x[get_global_id(0)] += 1; }
kernel void wild_write(global int* x) { *(global int*)((ulong)x + (1ul << 44)) = 7; }
kernel void wild_read(global int* x) { x[0] = *(global int*)((ulong)x + (1ul << 44)); }
kernel void null_read(global int* x) { x[0] = *(global volatile int*)(ulong)(x[0] - 3); }
kernel void misaligned(global int* x) { *(global int16*)((ulong)x + 4) = (int16)(get_local_size(0)); }
kernel void by_zero(global int* x) { x[1] = x[0] / (x[0] - 3); x[2] = x[0] % (x[0] - 3); }
kernel void endless(global volatile int* x) { while (x[0] != 12345) {} }
kernel void busy(global int* x) { int s = x[0]; for (int i = 0; i < 3000000; ++i) s = s * 1664525 + 1013904223; x[0] = s; }
)";
inline constexpr auto limit = 200ms;
inline constexpr std::size_t items = 1 << 14;

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
  /// The spare as well.
  static std::vector<pid_t> workers() {
    std::vector<pid_t> found = children_of(::getpid());
    std::erase_if(found, [](pid_t p) {
      std::ifstream name("/proc/" + std::to_string(p) + "/comm");
      std::string text;
      name >> text;
      return !text.starts_with("dotcompute-work");
    });
    return found;
  }
  static void kill_workers() {
    for (const pid_t p : workers())
      ::kill(p, SIGKILL);
  }

  /// Waits for it again and again; each wait ends in time, whatever the device is in.
  static void await(const event& e) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr auto deadline = 20ms, most = 2000ms; // every access is looked at
#else
    constexpr auto deadline = 20ms, most = deadline + 100ms;
#endif
    const auto end = std::chrono::steady_clock::now() + 10s;
    for (bool is_done = false; !is_done;) {
      const auto began = std::chrono::steady_clock::now();
      try {
        is_done = e.wait_for(deadline);
      } catch (const error&) { // what it was is looked at by finish()
        is_done = true;
      }
      const auto took = std::chrono::steady_clock::now() - began;
      EXPECT_LE(took, most);
      ASSERT_LT(began, end);
    }
  }

  /// The fault, while the device is in state `s`; everything is checked afterwards.
  void suffer(state s, recovery_cause cause, const std::function<void(queue&)>& fault) {
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
      await(q->marker());
      if (HasFatalFailure()) return;
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
    const auto all = dev.recoveries();
    ASSERT_GT(all.size(), before);
    const bool is_replaced_on_request = s == state::in_reset || s == state::in_revocation;
    bool is_told = false;
    for (std::size_t i = before; i < all.size(); ++i) {
      is_told = is_told || all[i].cause == cause;
      EXPECT_TRUE(all[i].cause == cause || (is_replaced_on_request && all[i].cause == recovery_cause::requested))
          << to_string(all[i].cause) << ": " << all[i].symptom;
    }
    // A reset may replace the worker before anybody sees what was wrong with it.
    EXPECT_TRUE(is_told || is_replaced_on_request);
    expect_all(other, 5);
    failing.fill(victim, 3);
    failing.launch(kernels.kernel("add_one"), {items}, victim);
    failing.finish();
    expect_all(victim, 4);
    failing.fill(victim, 3);
    failing.finish();
  }
  void suffer_everywhere(recovery_cause cause, const std::function<void(queue&)>& fault) {
    for (const state s : {state::idle, state::in_copy, state::in_kernel, state::several_queues, state::in_reset,
                          state::in_revocation}) {
      SCOPED_TRACE(static_cast<int>(s));
      suffer(s, cause, fault);
      if (HasFatalFailure()) return;
    }
  }
};

} // namespace dotcompute::test
