// SPDX-License-Identifier: MIT
// Small host data on its way to the device, kept where the device reaches it until it has been taken.
#pragma once

#include "drivers/cuda/pinned_pool.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

namespace dotcompute::cuda {

/// One thread at a time.
class upload_ring {
 public:
  static constexpr std::uint64_t largest = 64 << 10; ///< bytes of one piece

  explicit upload_ring(std::shared_ptr<pinned_pool> pool) : pool_(std::move(pool)) {}

  /// Copies `bytes`, at most `largest`, for the command of that number; where the device finds them. Nothing when there
  /// is no room. `reached` is how far the stream is: what earlier commands took is free again. Throws out_of_memory.
  std::optional<device_address> put(std::uint64_t number, const void* data, std::uint64_t bytes, std::uint64_t reached);

 private:
  struct piece {
    std::uint64_t number, end;
  };
  const std::shared_ptr<pinned_pool> pool_;
  pooled_memory memory_;
  std::deque<piece> pieces_;
  std::uint64_t begin_ = 0, end_ = 0; ///< positions counted without end; those between are in use
};

} // namespace dotcompute::cuda
