// SPDX-License-Identifier: MIT
#include "memory/reading_pace.hpp"

#include "support/futex.hpp"

namespace dotcompute::memory {
namespace {

/// What this thread saw when it read last.
struct look {
  std::uint64_t pool_serial = 0; ///< 0: nothing yet
  std::uint64_t others_operations = 0;
  bool found_others_at_work = false;
};
constinit thread_local look last_look;

} // namespace

std::int64_t reading_pace::begin(std::uint64_t pool_serial) noexcept {
  std::int64_t now = now_nanoseconds();
  if (last_look.found_others_at_work && last_look.pool_serial == pool_serial) {
    // Of one value, so that other readers make the wait no longer.
    const std::int64_t until = last_.load(std::memory_order_relaxed) + interval;
    while (now < until) {
      spin_pause();
      now = now_nanoseconds();
    }
  }
  last_.store(now, std::memory_order_relaxed);
  return now;
}

void reading_pace::end(std::uint64_t pool_serial, std::uint64_t others_operations) noexcept {
  last_look.found_others_at_work =
      last_look.pool_serial == pool_serial && last_look.others_operations != others_operations;
  last_look.others_operations = others_operations;
  last_look.pool_serial = pool_serial;
}

} // namespace dotcompute::memory
