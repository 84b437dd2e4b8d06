// SPDX-License-Identifier: MIT
// Which devices reach the segments of one: itself, and peers that were let in.
#pragma once

#include "drivers/cuda/cuda_context.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace dotcompute::cuda {

/// Thread-safe. Functions throw what the driver library answers.
class segment_access {
 public:
  explicit segment_access(std::shared_ptr<cuda_context> owner) : owner_(std::move(owner)) {}

  /// A segment was mapped: the owner reaches it, and all peers.
  void open(device_address start, std::uint64_t bytes);
  /// Before it is unmapped.
  void close(device_address start) noexcept;

  /// The peer reaches the segment at `start`, which is open.
  void let_in(device_ordinal peer, device_address start);
  /// The peer reaches all segments from now on.
  void let_in(device_ordinal peer);

 private:
  void set(device_address start, std::uint64_t bytes, const std::vector<device_ordinal>& who);

  const std::shared_ptr<cuda_context> owner_;
  std::mutex guard_; ///< held while access is set, so that no segment is unmapped meanwhile
  std::map<device_address, std::uint64_t> segments_;
  std::vector<device_ordinal> peers_;
};

} // namespace dotcompute::cuda
