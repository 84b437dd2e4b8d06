// SPDX-License-Identifier: MIT
#include "memory/queue_table.hpp"

#include <limits>

namespace dotcompute::memory {
namespace {

constexpr std::uint64_t everything = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned looks = 64; // for a block of the same queue

} // namespace

queue_id queue_table::attach(std::weak_ptr<progress_source> timeline) {
  const std::lock_guard lock(guard_);
  std::uint32_t number = 1;
  while (number < entries_.size() && entries_[number].is_used)
    ++number;
  if (number == entries_.size()) entries_.emplace_back();
  entries_[number] = {std::move(timeline), no_block, no_block, true, ++serials_};
  return queue_id{number};
}

block_list queue_table::detach(queue_id queue) noexcept {
  block_list out;
  std::weak_ptr<progress_source> gone; // may be the last to know the timeline: after the lock
  const std::lock_guard lock(guard_);
  entry& e = entries_[static_cast<std::uint32_t>(queue)];
  while (e.first != no_block) {
    const block_index b = e.first;
    unlink(e, no_block, b);
    out.push(records_, b);
  }
  gone.swap(e.timeline);
  e.is_used = false;
  return out;
}

bool queue_table::is_known(queue_id queue) const noexcept {
  const std::lock_guard lock(guard_);
  const auto number = static_cast<std::uint32_t>(queue);
  return number != 0 && number < entries_.size() && entries_[number].is_used;
}

std::uint64_t queue_table::completed(queue_id queue) const noexcept {
  std::shared_ptr<progress_source> timeline;
  {
    const std::lock_guard lock(guard_);
    const auto number = static_cast<std::uint32_t>(queue);
    if (number < entries_.size()) timeline = entries_[number].timeline.lock();
  }
  return timeline ? timeline->completed() : everything;
}

void queue_table::add(queue_id queue, block_list blocks) noexcept {
  const std::lock_guard lock(guard_);
  entry& e = entries_[static_cast<std::uint32_t>(queue)];
  while (!blocks.empty()) {
    const block_index b = blocks.pop(records_);
    set(records_[b].next, no_block);
    if (e.last == no_block)
      e.first = b;
    else
      set(records_[e.last].next, b);
    e.last = b;
    bytes_.fetch_add(get(records_[b].bytes), std::memory_order_relaxed);
  }
}

void queue_table::unlink(entry& e, block_index before, block_index b) noexcept {
  const block_index after = get(records_[b].next);
  if (before == no_block)
    e.first = after;
  else
    set(records_[before].next, after);
  if (e.last == b) e.last = before;
  bytes_.fetch_sub(get(records_[b].bytes), std::memory_order_relaxed);
}

block_list queue_table::take_done() noexcept {
  block_list out;
  if (waiting_bytes() == 0) return out;
  for (std::uint32_t number = 1;; ++number) {
    std::shared_ptr<progress_source> timeline;
    std::uint64_t serial;
    {
      const std::lock_guard lock(guard_);
      if (number >= entries_.size()) return out;
      if (entries_[number].first == no_block) continue;
      timeline = entries_[number].timeline.lock();
      serial = entries_[number].serial;
    }
    const std::uint64_t reached = timeline ? timeline->completed() : everything;
    timeline.reset();
    const std::lock_guard lock(guard_);
    // Another queue may have been given the id meanwhile. Blocks of several threads may be out of order; those behind
    // a later number wait a little longer than they must.
    entry& e = entries_[number];
    if (e.serial != serial) continue;
    while (e.first != no_block && get(records_[e.first].number) <= reached) {
      const block_index b = e.first;
      unlink(e, no_block, b);
      out.push(records_, b);
    }
  }
}

block_index queue_table::take_own(queue_id queue, std::uint32_t kind, std::uint32_t units,
                                  std::uint64_t alignment) noexcept {
  if (waiting_bytes() == 0) return no_block;
  const std::lock_guard lock(guard_);
  entry& e = entries_[static_cast<std::uint32_t>(queue)];
  block_index before = no_block;
  unsigned left = looks;
  for (block_index b = e.first; b != no_block && left != 0; before = b, b = get(records_[b].next), --left) {
    const block_record& r = records_[b];
    const std::uint64_t here = get(r.bytes) / granule;
    if (kind_of(b) != kind || here < units || here > units + units / 8) continue;
    if ((reinterpret_cast<std::uintptr_t>(get(r.address)) & (alignment - 1)) != 0) continue;
    unlink(e, before, b);
    return b;
  }
  return no_block;
}

bool queue_table::find_oldest(waiting& found) const noexcept {
  const std::lock_guard lock(guard_);
  std::int64_t oldest = std::numeric_limits<std::int64_t>::max();
  std::uint32_t which = 0;
  for (std::uint32_t number = 1; number < entries_.size(); ++number) {
    const block_index b = entries_[number].first;
    if (b == no_block || get(records_[b].since) > oldest) continue;
    oldest = get(records_[b].since);
    which = number;
  }
  if (which == 0) return false;
  found = {entries_[which].timeline.lock(), queue_id{which}, get(records_[entries_[which].first].number)};
  return true;
}

} // namespace dotcompute::memory
