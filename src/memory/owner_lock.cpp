// SPDX-License-Identifier: MIT
#include "memory/owner_lock.hpp"

#include "support/futex.hpp"

#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace dotcompute::memory {
namespace {

long membarrier(int command) noexcept {
  return ::syscall(SYS_membarrier, command, 0, 0);
}

template <class Condition>
void wait_until(Condition is_over) noexcept {
  for (unsigned turns = 0; !is_over(); ++turns) {
    if (turns < 200)
      spin_pause();
    else
      ::sched_yield(); // who is waited for has been preempted
  }
}

} // namespace

const bool owner_lock::uses_membarrier = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;

void owner_lock::claim() noexcept {
  wait_until([this] { return !claimed_.exchange(true, std::memory_order_seq_cst); });
#if !defined(__SANITIZE_THREAD__)
  if (uses_membarrier)
    membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
  else
    std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
  wait_until([this] { return !busy_.load(std::memory_order_seq_cst); });
}

void owner_lock::wait_for_claimant() const noexcept {
  wait_until([this] { return !claimed_.load(std::memory_order_acquire); });
}

} // namespace dotcompute::memory
