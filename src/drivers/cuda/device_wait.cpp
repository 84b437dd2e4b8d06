// SPDX-License-Identifier: MIT
#include "drivers/cuda/device_wait.hpp"

#include "drivers/cuda/driver_error.hpp"
#include "support/clock.hpp"
#include "support/futex.hpp"

#include <thread>

namespace dotcompute::cuda {

result wait_until_ready(const std::function<result()>& query, const std::function<bool()>& abandoned) {
  const auto began = std::chrono::steady_clock::now();
  auto next_question = began;
  for (;;) {
    const result r = query();
    if (r != result::not_ready) return r;
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_question) {
      if (abandoned()) return r;
      next_question = now + std::chrono::milliseconds(1);
    }
    if (now - began < std::chrono::microseconds(500))
      spin_pause();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

result wait_until_settled(const std::function<result()>& query, const std::function<bool()>& abandoned, result& first) {
  for (;;) {
    const result r = wait_until_ready(query, abandoned);
    if (r == result::success || r == result::not_ready) return r;
    if (first == result::success) first = r;
    const error_class kind = meaning_of(r).kind;
    if (kind == error_class::device_lost || kind == error_class::fatal) return r;
    if (abandoned()) return result::not_ready;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

} // namespace dotcompute::cuda
