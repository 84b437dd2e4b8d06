// SPDX-License-Identifier: MIT
// Free blocks in a list ordered by address, searched from end to end for the best fit and for the place of a freed
// block, under one mutex: the structure of RMM's pool_memory_resource with its coalescing_free_list, without a device.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <new>

namespace dotcompute::benchmark {

class linear_list {
 public:
  struct block {
    std::uint64_t offset = 0, bytes = 0;
  };

  explicit linear_list(std::uint64_t capacity) : free_{{0, capacity}} {}

  /// Throws std::bad_alloc.
  block allocate(std::uint64_t bytes) {
    bytes = (bytes + 255) / 256 * 256;
    const std::lock_guard lock(guard_);
    auto best = free_.end();
    for (auto i = free_.begin(); i != free_.end(); ++i)
      if (i->bytes >= bytes && (best == free_.end() || i->bytes < best->bytes)) best = i;
    if (best == free_.end()) throw std::bad_alloc();
    const block taken{best->offset, bytes};
    if (best->bytes == bytes) {
      free_.erase(best);
    } else {
      best->offset += bytes;
      best->bytes -= bytes;
    }
    return taken;
  }

  void free(const block& b) {
    const std::lock_guard lock(guard_);
    auto next = free_.begin();
    while (next != free_.end() && next->offset < b.offset)
      ++next;
    const bool joins_next = next != free_.end() && b.offset + b.bytes == next->offset;
    if (next != free_.begin()) {
      const auto previous = std::prev(next);
      if (previous->offset + previous->bytes == b.offset) {
        previous->bytes += b.bytes;
        if (!joins_next) return;
        previous->bytes += next->bytes;
        free_.erase(next);
        return;
      }
    }
    if (joins_next) {
      next->offset = b.offset;
      next->bytes += b.bytes;
    } else {
      free_.insert(next, b);
    }
  }

 private:
  std::mutex guard_;
  std::list<block> free_;
};

} // namespace dotcompute::benchmark
