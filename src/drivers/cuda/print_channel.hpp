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

/// Reads the print_ring of kernel_abi.hpp. Thread-safe.
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
  /// Only while nothing is under way: reads what lies behind records that found no place, and makes the ring as new.
  std::vector<std::string> start_over() noexcept;

  const std::string program_;
  const std::vector<std::string> formats_;
  const std::shared_ptr<drivers::print_sink> sink_;
  const std::shared_ptr<void> memory_;
  print_ring& ring_;
  std::byte* const records_;
  std::mutex reading_; ///< held while draining
  std::mutex guard_;   ///< of under_way_; launches begin under it, so none does while the ring starts over
  std::uint64_t under_way_ = 0;
};

} // namespace dotcompute::cuda
