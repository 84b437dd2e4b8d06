// SPDX-License-Identifier: MIT
#include "execution/crash_loop.hpp"

#include "support/backoff.hpp"

namespace dotcompute::execution {

std::optional<std::chrono::nanoseconds> crash_loop::ended(bool was_of_use, time_point now) {
  const bool is_useless = !was_of_use && began_at_ != time_point::min() && now - began_at_ < short_life;
  useless_ = is_useless ? useless_ + 1 : 0;
  if (useless_ >= most_useless) return {};
  return pause_after(useless_, patient_until, first_pause);
}

} // namespace dotcompute::execution
