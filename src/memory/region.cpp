// SPDX-License-Identifier: MIT
#include "memory/region.hpp"

#include <chrono>
#include <mutex>
#include <utility>

namespace dotcompute::memory {

region::piece region::allocate(std::uint64_t bytes, std::uint64_t alignment) {
  const std::lock_guard lock(guard_);
  const offset_allocator::placement p = offsets_.allocate(bytes, alignment);
  if (p.node == offset_allocator::none) return {};
  try {
    records_.ensure(static_cast<std::uint32_t>(kind_), p.node);
  } catch (...) {
    offsets_.free(p.node);
    throw;
  }
  const block_index b = static_cast<std::uint32_t>(kind_) << kind_shift | p.node;
  block_record& r = records_[b];
  std::byte* const address = homes_[p.segment].memory->address + p.offset;
  set(r.address, address);
  set(r.bytes, p.bytes);
  set(r.shelf, magazine::shelf_of(static_cast<std::uint32_t>(kind_), p.bytes / granule));
  return {b, address, p.bytes, p.used_bytes, p.freed_on};
}

// Here and below something is thrown only when the book-keeping contradicts itself; going on would hand out memory
// twice. NOLINTNEXTLINE(bugprone-exception-escape)
std::uint64_t region::release(block_list blocks) noexcept {
  std::uint64_t bytes = 0;
  const std::lock_guard lock(guard_);
  while (!blocks.empty()) {
    const block_index b = blocks.pop(records_);
    block_record& r = records_[b];
    bytes += get(r.bytes);
    set_state(r, make_state(generation_of(state_of(r)), phase::unused));
    offsets_.free(node_of(b), queue_id{get(r.queue)});
  }
  return bytes;
}

void region::add(std::unique_ptr<drivers::segment>& fresh, std::uint64_t bytes, std::uint64_t number) {
  const std::lock_guard lock(guard_);
  homes_.reserve(homes_.size() + 1); // so that nothing fails once the allocator has it
  const std::uint32_t place = offsets_.add_segment(bytes);
  if (place >= homes_.size()) homes_.resize(place + 1);
  homes_[place] = {std::move(fresh), number};
}

// NOLINTNEXTLINE(bugprone-exception-escape): as release()
region::removed region::remove_unused(std::uint64_t keep) noexcept {
  const std::lock_guard lock(guard_);
  if (offsets_.read_figures().unused_segments <= keep) return {};
  const std::uint32_t place = offsets_.find_unused_segment();
  if (place == offset_allocator::none) return {};
  const std::uint64_t bytes = offsets_.segment_bytes(place);
  offsets_.remove_segment(place);
  return {std::move(homes_[place].memory), bytes};
}

block_place region::place_of(block_index b) const {
  const std::lock_guard lock(guard_);
  const offset_allocator::placement p = offsets_.where(node_of(b));
  return {homes_[p.segment].number, p.offset};
}

void region::map(std::vector<mapped_segment>& out, std::int64_t now) const {
  const std::lock_guard lock(guard_);
  offsets_.for_each_segment([&](std::uint32_t place) {
    mapped_segment s;
    s.number = homes_[place].number;
    s.kind = kind_;
    s.bytes = offsets_.segment_bytes(place);
    offsets_.for_each_block(place, [&](std::uint32_t node, std::uint64_t offset, std::uint64_t bytes, bool is_free) {
      mapped_block b;
      b.offset = offset;
      b.bytes = bytes;
      if (!is_free) {
        const block_record& r = records_[static_cast<std::uint32_t>(kind_) << kind_shift | node];
        switch (phase_of(state_of(r))) {
        case phase::live:
          b.state = block_state::live;
          b.tag = get(r.tag);
          b.requested_bytes = get(r.requested);
          b.age = std::chrono::nanoseconds(std::max<std::int64_t>(0, now - get(r.since)));
          break;
        case phase::pending: b.state = block_state::pending; break;
        // Between the allocator and its first owner a block is neither.
        case phase::cached:
        case phase::unused: b.state = block_state::cached; break;
        }
      }
      s.blocks.push_back(b);
    });
    out.push_back(std::move(s));
  });
}

std::string region::find_contradiction() const {
  const std::lock_guard lock(guard_);
  return offsets_.find_contradiction();
}

} // namespace dotcompute::memory
