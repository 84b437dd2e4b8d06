// SPDX-License-Identifier: MIT
#include "memory/offset_allocator.hpp"

#include <dotcompute/error.hpp>

#include <algorithm>

namespace dotcompute::memory {
namespace {

// More looks find hardly better blocks, and time must not grow with the number of holes. Of the blocks looked at, which
// differ by less than 1/16, the lowest is taken rather than the smallest: low memory fills up and high memory empties,
// which leaves half as many requests unmet as exact best fit does (tests/unit/memory/fragmentation_test.cpp).
constexpr std::uint32_t looks_per_bin = 8;

constexpr std::uint32_t round_up(std::uint32_t value, std::uint32_t power_of_two) {
  return (value + power_of_two - 1) & ~(power_of_two - 1);
}

} // namespace

void offset_allocator::ensure_spares(std::size_t wanted) {
  while (spare_count_ < wanted) {
    nodes_.emplace_back();
    make_spare(static_cast<std::uint32_t>(nodes_.size() - 1));
  }
}

std::uint32_t offset_allocator::take_spare() noexcept {
  const std::uint32_t n = spares_;
  spares_ = nodes_[n].next;
  --spare_count_;
  return n;
}

void offset_allocator::make_spare(std::uint32_t n) noexcept {
  nodes_[n] = node{};
  nodes_[n].next = spares_;
  spares_ = n;
  ++spare_count_;
}

void offset_allocator::insert(std::uint32_t n) noexcept {
  node& block = nodes_[n];
  block.state = node_state::free;
  const std::uint32_t bin = size_bins::of_block(block.units);
  block.previous = none;
  block.next = heads_[bin];
  if (block.next != none) nodes_[block.next].previous = n;
  heads_[bin] = n;
  bins_.add(bin, block.units);
}

void offset_allocator::take_out(std::uint32_t n) noexcept {
  node& block = nodes_[n];
  const std::uint32_t bin = size_bins::of_block(block.units);
  (block.previous == none ? heads_[bin] : nodes_[block.previous].next) = block.next;
  if (block.next != none) nodes_[block.next].previous = block.previous;
  bins_.remove(bin, block.units);
}

std::uint32_t offset_allocator::split(std::uint32_t n, std::uint32_t units) noexcept {
  const std::uint32_t rest = take_spare();
  node& front = nodes_[n];
  node& back = nodes_[rest];
  back.offset = front.offset + units;
  back.units = front.units - units;
  back.before = n;
  back.after = front.after;
  back.segment = front.segment;
  back.queue = front.queue;
  if (back.after != none) nodes_[back.after].before = rest;
  front.after = rest;
  front.units = units;
  count(splits_, 1);
  return rest;
}

void offset_allocator::absorb(std::uint32_t n, std::uint32_t behind) noexcept {
  node& front = nodes_[n];
  const node& back = nodes_[behind];
  if (back.units > front.units) front.queue = back.queue;
  front.units += back.units;
  front.after = back.after;
  if (front.after != none) nodes_[front.after].before = n;
  make_spare(behind);
  count(merges_, 1);
}

std::uint32_t offset_allocator::add_segment(std::uint64_t bytes) {
  if (bytes == 0 || bytes % granule != 0 || bytes > largest_segment)
    throw error(error_code::internal, "a segment of " + std::to_string(bytes) + " bytes");
  ensure_spares(1);
  std::uint32_t number;
  if (!spare_segments_.empty()) {
    number = spare_segments_.back();
    spare_segments_.pop_back();
  } else {
    number = static_cast<std::uint32_t>(segments_.size());
    segments_.emplace_back();
    try {
      spare_segments_.reserve(segments_.size()); // so that remove_segment() cannot fail
    } catch (...) {
      segments_.pop_back();
      throw;
    }
  }
  const std::uint32_t n = take_spare();
  const auto units = static_cast<std::uint32_t>(bytes / granule);
  segments_[number] = {n, units, units, 0};
  nodes_[n].units = units;
  nodes_[n].segment = number;
  insert(n);
  count(reserved_, bytes);
  count(free_, bytes);
  count(unused_segments_, bytes);
  count(segment_count_, 1);
  return number;
}

void offset_allocator::remove_segment(std::uint32_t number) {
  if (!is_unused(number)) throw error(error_code::internal, "a segment with a live block cannot be removed");
  segment& s = segments_[number];
  const std::uint64_t bytes = std::uint64_t{s.units} * granule;
  take_out(s.first);
  make_spare(s.first);
  s = segment{};
  spare_segments_.push_back(number);
  count(reserved_, 0 - bytes);
  count(free_, 0 - bytes);
  count(unused_segments_, 0 - bytes);
  count(segment_count_, std::uint64_t(-1));
}

bool offset_allocator::is_unused(std::uint32_t number) const noexcept {
  return number < segments_.size() && segments_[number].units != 0 &&
         segments_[number].free_units == segments_[number].units;
}

std::uint64_t offset_allocator::segment_bytes(std::uint32_t number) const noexcept {
  return std::uint64_t{segments_[number].units} * granule;
}

std::uint32_t offset_allocator::find_unused_segment(std::uint64_t bytes) const noexcept {
  std::uint32_t found = none;
  for (std::uint32_t s = 0; s < segments_.size(); ++s)
    if (is_unused(s) && segment_bytes(s) >= bytes && (found == none || segments_[s].units < segments_[found].units))
      found = s;
  return found;
}

std::uint32_t offset_allocator::lowest_of(std::uint32_t bin, std::uint32_t units, std::uint32_t looks) const noexcept {
  std::uint32_t lowest = none;
  std::uint64_t place = ~std::uint64_t{0};
  for (std::uint32_t n = heads_[bin]; n != none && looks != 0; n = nodes_[n].next, --looks) {
    if (nodes_[n].units < units) continue;
    const std::uint64_t here = std::uint64_t{nodes_[n].segment} << 32 | nodes_[n].offset;
    if (here >= place) continue;
    lowest = n;
    place = here;
  }
  return lowest;
}

std::uint32_t offset_allocator::search(std::uint32_t units, std::uint32_t padded) const noexcept {
  // Blocks of the size's own bin may fit or not.
  const std::uint32_t own = size_bins::of_block(padded);
  if (const std::uint32_t n = lowest_of(own, padded, looks_per_bin); n != none) return n;
  const std::uint32_t next = bins_.first_from(own + 1);
  if (next != bin_index::none) return lowest_of(next, padded, looks_per_bin);
  // Before giving up, all of what could fit. With an alignment, smaller blocks than the padded size may do as well.
  if (const std::uint32_t n = lowest_of(own, padded, ~0u); n != none || padded == units) return n;
  const std::uint32_t alignment = padded - units + 1;
  for (std::uint32_t bin = bins_.first_from(size_bins::of_block(units)); bin <= own; bin = bins_.first_from(bin + 1))
    for (std::uint32_t n = heads_[bin]; n != none; n = nodes_[n].next)
      if (std::uint64_t{(nodes_[n].offset + alignment - 1) & ~(alignment - 1)} + units <=
          std::uint64_t{nodes_[n].offset} + nodes_[n].units)
        return n;
  return none;
}

offset_allocator::placement offset_allocator::allocate(std::uint64_t bytes, std::uint64_t alignment) {
  const std::uint64_t rounded = bytes == 0 ? granule : (bytes + granule - 1) / granule * granule;
  if (bytes > largest_segment || alignment > largest_segment || rounded / granule + alignment / granule > 0xffffffff)
    return {};
  ensure_spares(2);
  const auto units = static_cast<std::uint32_t>(rounded / granule);
  const auto step = alignment <= granule ? 1u : static_cast<std::uint32_t>(alignment / granule);
  std::uint32_t n = search(units, units + step - 1);
  if (n == none) return {};
  take_out(n);
  segment& s = segments_[nodes_[n].segment];
  if (s.free_units == s.units) count(unused_segments_, 0 - std::uint64_t{s.units} * granule);
  if (const std::uint32_t skipped = round_up(nodes_[n].offset, step) - nodes_[n].offset; skipped != 0) {
    const std::uint32_t behind = split(n, skipped);
    insert(n);
    n = behind;
  }
  if (nodes_[n].units > units) insert(split(n, units));
  node& block = nodes_[n];
  block.state = node_state::used;
  s.free_units -= units;
  count(free_, 0 - rounded);
  const std::uint32_t used = std::clamp(s.used_end, block.offset, block.offset + units) - block.offset;
  s.used_end = std::max(s.used_end, block.offset + units);
  return {n, block.segment, std::uint64_t{block.offset} * granule, rounded, std::uint64_t{used} * granule, block.queue};
}

void offset_allocator::refuse(std::uint32_t n) const {
  throw error(error_code::internal, "node " + std::to_string(n) + " is not a block in use");
}

bool offset_allocator::is_in_use(std::uint32_t n) const noexcept {
  return n < nodes_.size() && nodes_[n].state == node_state::used;
}

offset_allocator::placement offset_allocator::where(std::uint32_t n) const {
  if (!is_in_use(n)) refuse(n);
  const node& block = nodes_[n];
  return {n, block.segment, std::uint64_t{block.offset} * granule, std::uint64_t{block.units} * granule, 0, no_queue};
}

void offset_allocator::free(std::uint32_t n, queue_id queue) {
  if (!is_in_use(n)) refuse(n);
  nodes_[n].queue = queue;
  segment& s = segments_[nodes_[n].segment];
  s.free_units += nodes_[n].units;
  count(free_, std::uint64_t{nodes_[n].units} * granule);
  if (s.free_units == s.units) count(unused_segments_, std::uint64_t{s.units} * granule);
  if (const std::uint32_t after = nodes_[n].after; after != none && nodes_[after].state == node_state::free) {
    take_out(after);
    absorb(n, after);
  }
  if (const std::uint32_t before = nodes_[n].before; before != none && nodes_[before].state == node_state::free) {
    take_out(before);
    absorb(before, n);
    n = before;
  }
  insert(n);
}

offset_allocator::figures offset_allocator::read_figures() const noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  return {reserved_.load(relaxed),      free_.load(relaxed),   unused_segments_.load(relaxed),
          segment_count_.load(relaxed), splits_.load(relaxed), merges_.load(relaxed)};
}

std::string offset_allocator::find_contradiction() const {
  std::uint64_t reserved = 0, free = 0, unused = 0, segments = 0, free_blocks = 0;
  std::array<std::uint32_t, size_bins::count> blocks{};
  std::array<std::uint64_t, size_bins::count> units{};
  for (std::uint32_t number = 0; number < segments_.size(); ++number) {
    const segment& s = segments_[number];
    if (s.units == 0) continue;
    const std::string where = "segment " + std::to_string(number) + ": ";
    std::uint64_t end = 0, free_units = 0;
    std::uint32_t before = none;
    for (std::uint32_t n = s.first; n != none; before = n, n = nodes_[n].after) {
      const node& block = nodes_[n];
      if (block.segment != number) return where + "a block of another segment";
      if (block.before != before) return where + "neighbours disagree";
      if (block.offset != end) return where + "a gap or an overlap at unit " + std::to_string(end);
      if (block.units == 0) return where + "an empty block";
      if (block.state == node_state::spare) return where + "a spare node holds memory";
      end += block.units;
      if (block.state != node_state::free) {
        if (end > s.used_end) return where + "memory in use counts as never used";
        continue;
      }
      if (before != none && nodes_[before].state == node_state::free) return where + "free neighbours were not merged";
      free_units += block.units;
      ++free_blocks;
      ++blocks[size_bins::of_block(block.units)];
      units[size_bins::of_block(block.units)] += block.units;
    }
    if (end != s.units) return where + "bytes are missing at the end";
    if (free_units != s.free_units) return where + "free bytes do not add up";
    reserved += s.units;
    free += free_units;
    ++segments;
    if (free_units == s.units) unused += s.units;
  }
  for (std::uint32_t bin = 0; bin < size_bins::count; ++bin) {
    if (blocks[bin] != bins_.blocks(bin) || units[bin] != bins_.units(bin))
      return "bin " + std::to_string(bin) + " holds other blocks than it counts";
    std::uint32_t listed = 0, previous = none;
    for (std::uint32_t n = heads_[bin]; n != none; previous = n, n = nodes_[n].next, ++listed) {
      if (nodes_[n].state != node_state::free || size_bins::of_block(nodes_[n].units) != bin)
        return "bin " + std::to_string(bin) + " lists a block that does not belong there";
      if (nodes_[n].previous != previous) return "bin " + std::to_string(bin) + ": neighbours disagree";
    }
    if (listed != blocks[bin]) return "bin " + std::to_string(bin) + " does not list all its blocks";
    if ((bins_.first_from(bin) == bin) != (blocks[bin] != 0))
      return "the bits of bin " + std::to_string(bin) + " are wrong";
  }
  const figures f = read_figures();
  if (f.reserved != reserved * granule || f.free != free * granule || f.unused_segments != unused * granule ||
      f.segments != segments)
    return "the figures do not add up";
  return {};
}

} // namespace dotcompute::memory
