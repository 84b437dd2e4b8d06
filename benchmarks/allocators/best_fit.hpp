// SPDX-License-Identifier: MIT
// Exact best fit, the lowest address among equals, with an index by size: the reference for fragmentation.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace dotcompute::benchmark {

class best_fit {
 public:
  struct block {
    std::uint64_t offset = 0, bytes = 0;
  };

  explicit best_fit(std::uint64_t capacity) : free_bytes_(capacity) { insert(0, capacity); }

  std::optional<block> allocate(std::uint64_t bytes) {
    const auto found = by_size_.lower_bound({bytes, 0});
    if (found == by_size_.end()) return {};
    const auto [have, offset] = *found;
    remove(offset, have);
    if (have > bytes) insert(offset + bytes, have - bytes);
    free_bytes_ -= bytes;
    return block{offset, bytes};
  }
  void free(block b) {
    free_bytes_ += b.bytes;
    const auto next = by_offset_.lower_bound(b.offset);
    if (next != by_offset_.begin()) {
      const auto [offset, bytes] = *std::prev(next);
      if (offset + bytes == b.offset) {
        remove(offset, bytes);
        b = {offset, bytes + b.bytes};
      }
    }
    if (const auto behind = by_offset_.find(b.offset + b.bytes); behind != by_offset_.end()) {
      const auto [offset, bytes] = *behind;
      remove(offset, bytes);
      b.bytes += bytes;
    }
    insert(b.offset, b.bytes);
  }
  std::uint64_t free_bytes() const noexcept { return free_bytes_; }

 private:
  void insert(std::uint64_t offset, std::uint64_t bytes) {
    by_size_.emplace(bytes, offset);
    by_offset_.emplace(offset, bytes);
  }
  void remove(std::uint64_t offset, std::uint64_t bytes) {
    by_size_.erase({bytes, offset});
    by_offset_.erase(offset);
  }

  std::set<std::pair<std::uint64_t, std::uint64_t>> by_size_;
  std::map<std::uint64_t, std::uint64_t> by_offset_;
  std::uint64_t free_bytes_;
};

} // namespace dotcompute::benchmark
