// SPDX-License-Identifier: MIT
// Host-shared memory as a std::pmr::memory_resource.
#pragma once

#include "memory/block.hpp"

#include <array>
#include <atomic>
#include <memory_resource>
#include <mutex>
#include <unordered_map>

namespace dotcompute::memory {

class pool_core;

/// Thread-safe. An address leads back to its block through one of several tables, so that threads seldom meet.
class host_resource final : public std::pmr::memory_resource {
 public:
  explicit host_resource(pool_core& pool) : pool_(pool) {}

  /// Whether blocks of this owner are the resource's.
  bool owns(tag_id tag) const noexcept { return tag != untagged && tag == tag_.load(std::memory_order_acquire); }

 private:
  struct shard {
    std::mutex guard;
    std::unordered_map<void*, block_handle> blocks;
  };

  void* do_allocate(std::size_t bytes, std::size_t alignment) override;
  /// A pointer that is not one of this resource is logged and otherwise ignored: the interface has no way to say so.
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override;
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override { return this == &other; }
  shard& shard_of(const void* p) noexcept {
    return shards_[(reinterpret_cast<std::uintptr_t>(p) / granule * 0x9e3779b97f4a7c15u >> 60)];
  }

  pool_core& pool_;
  std::atomic<tag_id> tag_{untagged}; ///< made for the first block
  std::array<shard, 16> shards_;
};

} // namespace dotcompute::memory
