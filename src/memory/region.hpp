// SPDX-License-Identifier: MIT
// The segments of one kind of memory and the lock under which they are cut up.
#pragma once

#include "drivers/segment.hpp"
#include "memory/magazine.hpp"
#include "memory/offset_allocator.hpp"
#include "support/short_mutex.hpp"

#include <dotcompute/memory_statistics.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dotcompute::memory {

/// Thread-safe. Segments come and go through its callers, so that no driver is called under its lock.
class region {
 public:
  region(buffer_kind kind, block_records& records) : kind_(kind), records_(records) {}

  struct piece {
    block_index block = no_block; ///< none: there is no free block that is large enough
    std::byte* address = nullptr;
    std::uint64_t bytes = 0, used_bytes = 0;
    queue_id freed_on = no_queue;
  };
  /// Throws std::bad_alloc when the host has no memory for the book-keeping.
  piece allocate(std::uint64_t bytes, std::uint64_t alignment);
  /// Their bytes.
  std::uint64_t release(block_list blocks) noexcept;

  /// `bytes` of it are used; `number` is of the pool. Throws std::bad_alloc, and then has not taken it.
  void add(std::unique_ptr<drivers::segment>& fresh, std::uint64_t bytes, std::uint64_t number);
  /// A segment without a live block, the smallest, if segments without one are more than `keep` bytes; else nothing.
  struct removed {
    std::unique_ptr<drivers::segment> memory;
    std::uint64_t bytes = 0;
  };
  removed remove_unused(std::uint64_t keep) noexcept;

  buffer_kind kind() const noexcept { return kind_; }
  block_place place_of(block_index b) const;
  offset_allocator::figures figures() const noexcept { return offsets_.read_figures(); }
  const bin_index& bins() const noexcept { return offsets_.bins(); }
  void map(std::vector<mapped_segment>& out, std::int64_t now) const;
  std::string find_contradiction() const;

 private:
  struct home {
    std::unique_ptr<drivers::segment> memory;
    std::uint64_t number = 0;
  };

  const buffer_kind kind_;
  block_records& records_;
  alignas(64) mutable short_mutex guard_;
  offset_allocator offsets_;
  std::vector<home> homes_; ///< by the allocator's number
};

} // namespace dotcompute::memory
