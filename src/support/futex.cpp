// SPDX-License-Identifier: MIT
#include "support/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace dotcompute {
namespace {

int flag_of(futex_scope scope) {
  return scope == futex_scope::process ? FUTEX_PRIVATE_FLAG : 0;
}

} // namespace

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline,
                futex_scope scope) {
  // FUTEX_WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC, which is steady_clock: no drift over early returns.
  timespec until{};
  timespec* limit = nullptr;
  if (deadline != time_point::max()) {
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline.time_since_epoch()).count();
    if (ns <= 0) return;
    until.tv_sec = ns / 1'000'000'000;
    until.tv_nsec = ns % 1'000'000'000;
    limit = &until;
  }
  // Every outcome (woken, changed, timed out, interrupted) means the same to the caller: look again.
  ::syscall(SYS_futex, reinterpret_cast<const std::uint32_t*>(&word), FUTEX_WAIT_BITSET | flag_of(scope), expected,
            limit, nullptr, FUTEX_BITSET_MATCH_ANY);
}

void futex_wake(const std::atomic<std::uint32_t>& word, std::uint32_t threads, futex_scope scope) {
  const std::uint32_t count = threads > INT_MAX ? INT_MAX : threads;
  ::syscall(SYS_futex, reinterpret_cast<const std::uint32_t*>(&word), FUTEX_WAKE | flag_of(scope), count, nullptr,
            nullptr, 0);
}

} // namespace dotcompute
