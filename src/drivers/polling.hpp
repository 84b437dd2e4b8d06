// SPDX-License-Identifier: MIT
// Waiting for a device by asking it, with a way out.
#pragma once

#include "support/futex.hpp"

#include <chrono>
#include <functional>
#include <thread>

namespace dotcompute::drivers {

/// Asks `is_ready` until it says so, and `abandoned` every millisecond: false when that said true. Spins first, because
/// what is waited for here is short.
inline bool poll_until(const std::function<bool()>& is_ready, const std::function<bool()>& abandoned) {
  const auto began = std::chrono::steady_clock::now();
  auto next_question = began;
  for (;;) {
    if (is_ready()) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_question) {
      if (abandoned()) return false;
      next_question = now + std::chrono::milliseconds(1);
    }
    if (now - began < std::chrono::microseconds(500))
      spin_pause();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

} // namespace dotcompute::drivers
