// SPDX-License-Identifier: MIT
// What the kernels of one program print, on its way to the host.
#pragma once

#include "compiler/targets/cuda/kernel_abi.hpp"
#include "drivers/print_sink.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::cuda {

/// Reads the print_ring of kernel_abi.hpp. Thread-safe. What it relies on is kept apart from the ring, where a kernel
/// that writes out of bounds can reach it.
class print_channel {
 public:
  /// `ring` is a print_ring that `capacity` bytes follow, a power of two.
  print_channel(std::string program, std::vector<std::string> formats, std::shared_ptr<drivers::print_sink> sink,
                std::shared_ptr<void> ring, std::uint64_t capacity);

  /// A launch that prints begins, and has ended and been drained.
  void begin();
  void end() noexcept;
  /// Hands on the records that are there. Returns at once when another thread, or a caller of this one, is at it.
  void drain() noexcept;

 private:
  /// The text of the record that is read next; nothing when there is none, or it makes no sense.
  std::optional<std::string> next();
  /// The kernels may use the ring up to `position`.
  void consume(std::uint64_t position) noexcept;
  /// Only while nothing is under way: what nobody has read yet. Says how much was lost, and gets over what made no
  /// sense.
  std::vector<std::string> settle() noexcept;

  const std::string program_;
  const std::vector<std::string> formats_;
  const std::shared_ptr<drivers::print_sink> sink_;
  const std::shared_ptr<void> memory_;
  print_ring& ring_;
  std::byte* const records_;
  const std::uint64_t capacity_;
  std::mutex reading_; ///< held while reading; of the next three
  std::uint64_t consumed_ = 0, told_lost_ = 0;
  bool is_unreadable_ = false; ///< what comes next makes no sense
  std::mutex guard_;           ///< of under_way_; launches begin under it, so none does while the ring is settled
  std::uint64_t under_way_ = 0;
};

} // namespace dotcompute::cuda
