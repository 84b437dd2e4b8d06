// SPDX-License-Identifier: MIT
#include "isolation/life_signs.hpp"

#include "support/futex.hpp"
#include "support/system_error.hpp"

#include <linux/futex.h>

#include <algorithm>

namespace dotcompute::isolated {
namespace {

// glibc's lock word is what the kernel's robust futexes define (get_robust_list(2)): the owner's thread id, and two
// bits.
static_assert(offsetof(pthread_mutex_t, __data.__lock) == 0 && sizeof(pthread_mutex_t::__data.__lock) == 4);

std::atomic<std::uint32_t>& word_of(pthread_mutex_t& m) {
  return *reinterpret_cast<std::atomic<std::uint32_t>*>(&m);
}

void require(int result, const char* call) {
  if (result != 0) throw system_error(result, "start a worker process", call);
}

} // namespace

void prepare(life_signs& signs) {
  pthread_mutexattr_t attributes;
  require(::pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  require(::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
  require(::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust");
  for (pthread_mutex_t& m : signs.lives)
    require(::pthread_mutex_init(&m, &attributes), "pthread_mutex_init");
  ::pthread_mutexattr_destroy(&attributes);
}

void live(life_signs& signs) {
  for (std::uint32_t i = 0; i < most_lives; ++i) {
    // Counted before it is taken: who looks for threads sees the place, free or not.
    std::uint32_t used = signs.used.load(std::memory_order_seq_cst);
    while (used <= i && !signs.used.compare_exchange_weak(used, i + 1, std::memory_order_seq_cst)) {
    }
    const int taken = ::pthread_mutex_trylock(&signs.lives[i]);
    if (taken == EOWNERDEAD) ::pthread_mutex_consistent(&signs.lives[i]);
    if (taken == 0 || taken == EOWNERDEAD) return;
  }
  throw error(error_code::limit_exceeded, "the worker process has as many threads as it can have",
              {"", 1, "start a thread", "Use fewer queues."});
}

bool await_silence(life_signs& signs, time_point deadline) noexcept {
  const std::uint32_t used = std::min<std::uint32_t>(signs.used.load(std::memory_order_seq_cst), most_lives);
  for (std::uint32_t i = 0; i < used; ++i) {
    std::atomic<std::uint32_t>& word = word_of(signs.lives[i]);
    for (;;) {
      std::uint32_t seen = word.load(std::memory_order_seq_cst);
      if ((seen & FUTEX_TID_MASK) == 0 || (seen & FUTEX_OWNER_DIED) != 0) break;
      if (std::chrono::steady_clock::now() >= deadline) return false;
      if ((seen & FUTEX_WAITERS) == 0 && !word.compare_exchange_strong(seen, seen | FUTEX_WAITERS)) continue;
      futex_wait(word, seen | FUTEX_WAITERS, std::min(deadline, deadline_after(std::chrono::milliseconds(10))),
                 futex_scope::shared);
    }
  }
  return true;
}

} // namespace dotcompute::isolated
