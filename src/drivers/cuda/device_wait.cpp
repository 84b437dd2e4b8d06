// SPDX-License-Identifier: MIT
#include "drivers/cuda/device_wait.hpp"

#include "drivers/cuda/driver_error.hpp"
#include "drivers/polling.hpp"

#include <thread>

namespace dotcompute::cuda {

result wait_until_ready(const std::function<result()>& query, const std::function<bool()>& abandoned) {
  result r = result::not_ready;
  drivers::poll_until([&] { return (r = query()) != result::not_ready; }, abandoned);
  return r;
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
