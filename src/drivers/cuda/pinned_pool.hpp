// SPDX-License-Identifier: MIT
// Pinned memory that streams take and give back, because freeing any makes the driver wait for the whole device.
#pragma once

#include "drivers/cuda/pinned_memory.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::cuda {

/// Thread-safe. Frees its memory only when the device closes.
class pinned_pool {
 public:
  explicit pinned_pool(std::shared_ptr<cuda_context> context) : context_(std::move(context)) {}
  /// One of this size that was given back, with what it held, or a new one. Throws out_of_memory, device_lost.
  pinned_memory take(std::size_t bytes);
  /// Once the device does not use it any more.
  void give_back(pinned_memory memory) noexcept;

 private:
  const std::shared_ptr<cuda_context> context_;
  std::mutex guard_;
  std::multimap<std::size_t, pinned_memory> spare_;
};

/// Pinned memory of a pool's while this lives.
class pooled_memory {
 public:
  pooled_memory() = default;
  pooled_memory(std::shared_ptr<pinned_pool> pool, std::size_t bytes)
      : pool_(std::move(pool)), memory_(pool_->take(bytes)) {}
  pooled_memory(pooled_memory&&) = default;
  pooled_memory& operator=(pooled_memory&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~pooled_memory() {
    if (memory_) pool_->give_back(std::move(memory_));
  }
  explicit operator bool() const noexcept { return static_cast<bool>(memory_); }
  const pinned_memory* operator->() const noexcept { return &memory_; }

 private:
  std::shared_ptr<pinned_pool> pool_;
  pinned_memory memory_;
};

} // namespace dotcompute::cuda
