// SPDX-License-Identifier: MIT
// Threads of a library leave the application's signals to the application's threads.
#pragma once

#include <pthread.h>
#include <signal.h>

#include <initializer_list>

namespace dotcompute {

/// Threads started during its life time inherit a mask that blocks all signals but those a thread causes itself and the
/// profiler's. The calling thread's own mask comes back at the end.
class quiet_signals {
 public:
  quiet_signals() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGPROF})
      sigdelset(&blocked, own);
    changed_ = pthread_sigmask(SIG_BLOCK, &blocked, &before_) == 0;
  }
  ~quiet_signals() {
    if (changed_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  quiet_signals(const quiet_signals&) = delete;
  quiet_signals& operator=(const quiet_signals&) = delete;

 private:
  sigset_t before_;
  bool changed_ = false;
};

} // namespace dotcompute
