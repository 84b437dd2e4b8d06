// SPDX-License-Identifier: MIT
#include "drivers/cuda/upload_ring.hpp"

#include <cstring>

namespace dotcompute::cuda {
namespace {

constexpr std::uint64_t capacity = 1 << 20; // bytes
constexpr std::uint64_t alignment = 256;    // bytes, as device buffers have at least

} // namespace

std::optional<device_address> upload_ring::put(std::uint64_t number, const void* data, std::uint64_t bytes,
                                               std::uint64_t reached) {
  if (!memory_) memory_ = pooled_memory(pool_, capacity);
  while (!pieces_.empty() && pieces_.front().number <= reached) {
    begin_ = pieces_.front().end;
    pieces_.pop_front();
  }
  std::uint64_t start = end_;
  if (start % capacity + bytes > capacity) start += capacity - start % capacity; // pieces do not wrap
  const std::uint64_t next = (start + bytes + alignment - 1) / alignment * alignment;
  if (next - begin_ > capacity) return {};
  pieces_.push_back({number, next});
  end_ = next;
  std::memcpy(memory_->data() + start % capacity, data, bytes);
  return memory_->on_device() + start % capacity;
}

} // namespace dotcompute::cuda
