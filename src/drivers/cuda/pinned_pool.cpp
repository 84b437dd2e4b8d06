// SPDX-License-Identifier: MIT
#include "drivers/cuda/pinned_pool.hpp"

#include <exception>

namespace dotcompute::cuda {

pinned_memory pinned_pool::take(std::size_t bytes) {
  {
    const std::lock_guard lock(guard_);
    if (const auto found = spare_.find(bytes); found != spare_.end()) return std::move(spare_.extract(found).mapped());
  }
  return pinned_memory(context_, bytes);
}

void pinned_pool::give_back(pinned_memory memory) noexcept {
  try {
    const std::lock_guard lock(guard_);
    spare_.emplace(memory.size(), std::move(memory));
  } catch (const std::exception&) {
    // No memory for the entry: it is freed instead, which is slower and no less right.
  }
}

} // namespace dotcompute::cuda
