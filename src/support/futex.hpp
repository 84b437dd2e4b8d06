// SPDX-License-Identifier: MIT
// Sleeping until a 32-bit word changes, with a deadline; what std::atomic::wait lacks.
#pragma once

#include "support/clock.hpp"

#include <atomic>
#include <cstdint>

namespace dotcompute {

/// Who may sleep on a word: threads of this process, which is cheaper, or of every process that maps its memory.
enum class futex_scope { process, shared };

/// Sleeps while `word` holds `expected`, until woken or `deadline`. May return early. The kernel compares and sleeps in
/// one step: a change of the word followed by futex_wake is never missed.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, time_point deadline,
                futex_scope scope = futex_scope::process);

void futex_wake(const std::atomic<std::uint32_t>& word, std::uint32_t threads,
                futex_scope scope = futex_scope::process);

/// Tells the core that this is a spin loop.
inline void spin_pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

} // namespace dotcompute
