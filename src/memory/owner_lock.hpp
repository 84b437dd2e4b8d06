// SPDX-License-Identifier: MIT
// A lock that costs its one owner no atomic operation, and others a system call.
#pragma once

#include <atomic>
#include <cstdint>

namespace dotcompute::memory {

/// The owner announces itself with a plain store and then looks for a claim; a claimant sets its claim, makes every
/// thread of the process execute a memory barrier (membarrier(2)), and then looks for the owner. Whichever came first:
/// either the owner's store is visible to the claimant after the barrier, which then waits, or the owner's look comes
/// after the barrier and sees the claim. This is Dekker's handshake with the owner's fence moved to the claimant. Where
/// the system has no membarrier(), and for ThreadSanitizer, which does not know it, the owner executes the fence.
class owner_lock {
 public:
  /// The owner only. Sections are short and never block, so a claimant waits for no longer than a preemption.
  void enter() noexcept {
    for (;;) {
#if defined(__SANITIZE_THREAD__)
      busy_.exchange(true, std::memory_order_seq_cst);
      if (!claimed_.load(std::memory_order_seq_cst)) return;
#else
      busy_.store(true, std::memory_order_relaxed);
      if (uses_membarrier)
        std::atomic_signal_fence(std::memory_order_seq_cst);
      else
        std::atomic_thread_fence(std::memory_order_seq_cst);
      if (!claimed_.load(std::memory_order_acquire)) return;
#endif
      busy_.store(false, std::memory_order_release);
      wait_for_claimant();
    }
  }
  /// enter() where no fence is needed, unless it would have to wait.
  bool try_enter() noexcept {
#if defined(__SANITIZE_THREAD__)
    busy_.exchange(true, std::memory_order_seq_cst);
#else
    busy_.store(true, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
#endif
    if (!claimed_.load(std::memory_order_seq_cst)) return true;
    leave();
    return false;
  }
  /// Whether the owner must execute a fence itself; then try_enter() protects nothing.
  static bool needs_fence() noexcept {
    return !uses_membarrier;
  }
  void leave() noexcept {
    busy_.store(false, std::memory_order_release);
  }

  /// Anybody else; several claimants take turns.
  void claim() noexcept;
  void unclaim() noexcept {
    claimed_.store(false, std::memory_order_release);
  }

 private:
  void wait_for_claimant() const noexcept;

  static const bool uses_membarrier;
  std::atomic<bool> busy_{false}, claimed_{false};
};

} // namespace dotcompute::memory
