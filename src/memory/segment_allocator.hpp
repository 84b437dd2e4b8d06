// SPDX-License-Identifier: MIT
// Device memory as segments with file descriptors, and the pieces they are cut into.
#pragma once

#include "support/shared_memory.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace dotcompute::memory {

/// A large piece of memory that another process could map through its descriptor. Immutable.
class segment {
 public:
  segment(const std::string& name, std::size_t bytes);

  std::byte* data() const noexcept { return memory_.data(); }
  std::size_t size() const noexcept { return memory_.size(); }
  int file() const noexcept { return memory_.file(); }

 private:
  shared_memory memory_;
};

/// A piece of a segment. Goes back to its allocator by segment_allocator::release().
struct block {
  std::shared_ptr<segment> home;
  std::size_t offset = 0;
  std::size_t bytes = 0; ///< what was asked for

  std::byte* address() const noexcept { return home->data() + offset; }
};

/// Gives zeroed blocks: large ones a segment each, small ones cut from shared segments by address-ordered first fit.
/// Thread-safe.
class segment_allocator {
 public:
  /// Blocks of all together at most `limit` bytes. `device` is for errors.
  segment_allocator(std::string device, std::uint64_t limit) : device_(std::move(device)), limit_(limit) {}

  /// Throws out_of_device_memory, out_of_handles.
  block allocate(std::size_t bytes);
  void release(const block& b) noexcept;

  std::uint64_t allocated_bytes() const;

  static constexpr std::size_t large = 1 << 20; ///< from here on a segment of its own
  static constexpr std::size_t shared_segment = 16 << 20;
  static constexpr std::size_t granule = 256; ///< alignment of small blocks; large ones are on whole pages

 private:
  /// Free pieces by offset; neighbours are always merged.
  struct shared_home {
    std::shared_ptr<segment> home;
    std::map<std::size_t, std::size_t> free;
  };

  void reserve(std::size_t bytes);
  block allocate_small(std::size_t bytes);

  const std::string device_;
  const std::uint64_t limit_;
  mutable std::mutex guard_;
  std::uint64_t allocated_ = 0;
  std::map<const segment*, shared_home> homes_;
};

} // namespace dotcompute::memory
