// SPDX-License-Identifier: MIT
#include "memory/segment_allocator.hpp"

#include <dotcompute/error.hpp>

#include <sys/mman.h>

#include <cstring>
#include <iterator>

namespace dotcompute::memory {
namespace {

std::size_t round_up(std::size_t bytes, std::size_t to) {
  return (bytes + to - 1) / to * to;
}

} // namespace

segment::segment(const std::string& name, std::size_t bytes) : memory_(name, bytes) {
  // Large pages where the system allows them for shared memory; without them everything works with small ones.
  if (bytes >= (2u << 20)) ::madvise(memory_.data(), memory_.size(), MADV_HUGEPAGE);
}

void segment_allocator::reserve(std::size_t bytes) {
  const std::lock_guard lock(guard_);
  if (bytes > limit_ || allocated_ > limit_ - bytes)
    throw error(error_code::out_of_device_memory,
                std::to_string(bytes) + " bytes were asked for; " + std::to_string(allocated_) + " of " +
                    std::to_string(limit_) + " are allocated",
                {device_, 1, "allocate a buffer", "Free buffers or use smaller ones."});
  allocated_ += bytes;
}

block segment_allocator::allocate(std::size_t bytes) {
  reserve(bytes);
  try {
    if (bytes < large) return allocate_small(bytes);
    return {std::make_shared<segment>("dotcompute " + device_, bytes), 0, bytes};
  } catch (...) {
    const std::lock_guard lock(guard_);
    allocated_ -= bytes;
    throw;
  }
}

block segment_allocator::allocate_small(std::size_t bytes) {
  const std::size_t size = round_up(bytes, granule);
  const std::lock_guard lock(guard_);
  const auto take = [&](shared_home& h) -> block {
    for (auto piece = h.free.begin(); piece != h.free.end(); ++piece) {
      if (piece->second < size) continue;
      const std::size_t offset = piece->first, left = piece->second - size;
      h.free.erase(piece);
      if (left != 0) h.free.emplace(offset + size, left);
      return {h.home, offset, bytes};
    }
    return {};
  };
  block b;
  for (auto& [home, h] : homes_)
    if (b = take(h); b.home) break;
  if (!b.home) {
    auto fresh = std::make_shared<segment>("dotcompute " + device_, shared_segment);
    shared_home& h = homes_[fresh.get()];
    h.home = std::move(fresh);
    h.free.emplace(0, h.home->size());
    b = take(h);
  }
  std::memset(b.address(), 0, size);
  return b;
}

void segment_allocator::release(const block& b) noexcept {
  const std::lock_guard lock(guard_);
  allocated_ -= b.bytes;
  const auto found = homes_.find(b.home.get());
  if (found == homes_.end()) return; // a segment of its own: gone with its last handle
  auto& free = found->second.free;
  auto piece = free.emplace(b.offset, round_up(b.bytes, granule)).first;
  if (const auto next = std::next(piece); next != free.end() && piece->first + piece->second == next->first) {
    piece->second += next->second;
    free.erase(next);
  }
  if (piece != free.begin())
    if (const auto before = std::prev(piece); before->first + before->second == piece->first) {
      before->second += piece->second;
      free.erase(piece);
    }
  // Empty segments go back to the system, except the last: a program that allocates and frees one buffer in a loop
  // should not create a segment each time.
  if (homes_.size() > 1 && free.size() == 1 && free.begin()->second == found->second.home->size()) homes_.erase(found);
}

std::uint64_t segment_allocator::allocated_bytes() const {
  const std::lock_guard lock(guard_);
  return allocated_;
}

} // namespace dotcompute::memory
