// SPDX-License-Identifier: MIT
// A mutex for sections so short that sleeping costs more than waiting.
#pragma once

#include "support/futex.hpp"

#include <mutex>

namespace dotcompute::memory {

/// Tries for about a microsecond before it sleeps.
class short_mutex {
 public:
  void lock() {
    for (int turn = 0; turn < 64; ++turn) {
      if (inner_.try_lock()) return;
      for (int pause = 0; pause < 4; ++pause)
        spin_pause();
    }
    inner_.lock();
  }
  void unlock() { inner_.unlock(); }

 private:
  std::mutex inner_;
};

} // namespace dotcompute::memory
