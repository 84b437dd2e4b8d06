// SPDX-License-Identifier: MIT
#include "api/launch_shape.hpp"

#include <algorithm>

namespace dotcompute::api {

const launch_shape* launch_shapes::find_older(const nd_range& range) {
  const std::lock_guard lock(guard_);
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const entry& e) { return e.is_of(range); });
  if (found == all_.end()) return nullptr;
  last_.store(&*found, std::memory_order_release);
  return &found->shape;
}

void launch_shapes::remember(const nd_range& range, const launch_shape& shape) {
  const std::lock_guard lock(guard_);
  if (all_.size() == most) return;
  // Another thread may have been here first; then there are two that say the same.
  all_.push_back({range, shape});
  last_.store(&all_.back(), std::memory_order_release);
}

} // namespace dotcompute::api
