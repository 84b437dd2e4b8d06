// SPDX-License-Identifier: MIT
// Taking blocks back.
#include "memory/coarse_clock.hpp"
#include "memory/count_live.hpp"
#include "memory/pool_core.hpp"
#include "memory/recorder.hpp"
#include "memory/thread_magazines.hpp"

#include <array>

namespace dotcompute::memory {
namespace {

// Large blocks are rare enough for a lock, and their memory should not wait until their owner allocates again.
constexpr std::uint64_t largest_returned = 1 << 20;

} // namespace

void pool_core::refuse_free(block_handle handle, const block_record* r) const {
  add(shared.wrong_frees);
  const std::uint32_t state = r ? state_of(*r) : 0;
  const std::uint32_t now = generation_of(state);
  const std::uint32_t age = (now - handle.generation) & 0x3fffffff;
  const std::string what =
      "block " + std::to_string(node_of(handle.index)) + " of generation " + std::to_string(handle.generation);
  // Of this pool's own handles, none is newer than its block, and few are this old.
  constexpr std::uint32_t plausible = 1u << 28;
  if (!r || !handle || state == 0 || age > plausible)
    throw error(error_code::invalid_handle, what + " is not one of this pool",
                describe("free memory", "Free a block once, on the device that it came from."));
  throw error(error_code::buffer_released,
              what + " was freed before" +
                  (phase_of(state) == phase::live ? "; its place belongs to another block now" : ""),
              describe("free memory", "Free a block once."));
}

[[gnu::always_inline]] inline void pool_core::end_life(magazine& m, block_record& r, queue_id queue,
                                                       std::uint64_t number) noexcept {
  const std::uint64_t granted = get(r.bytes);
  if (options.statistics) count_block<true>(m, granted, get(r.requested));
  set(r.queue, static_cast<std::uint32_t>(queue));
  set(r.number, number);
  if (queue == no_queue) return;
  set(r.since, coarse_nanoseconds());
  m.counts.queue_ordered_frees.add(1);
  if (number != 0) m.counts.pending.add(granted);
}

void pool_core::keep(magazine& m, block_record& r, block_index b, block_list& out) noexcept {
  const std::uint64_t granted = get(r.bytes);
  if (granted > m.cache_limit) {
    if (!m.put_large(r, b)) out.push(records, b);
    return;
  }
  if (m.bytes() + granted > m.cache_limit) out = m.shrink(records, m.cache_limit - m.cache_limit / 4);
  if (!m.put(r, b)) out.push(records, b);
}

// Of several threads that free one block, one wins.
[[gnu::always_inline]] inline bool pool_core::end_generation(block_record& r, block_handle handle) noexcept {
  std::uint32_t expected = make_state(handle.generation, phase::live);
  return std::atomic_ref(r.state).compare_exchange_strong(
      expected, make_state(next_generation(handle.generation), phase::cached), std::memory_order_acq_rel);
}

void pool_core::free(block_handle handle, queue_id queue, std::uint64_t number) {
  block_record* const r = records.find(handle.index);
  if (!r) [[unlikely]]
    refuse_free(handle, r);
  // Back to where it was allocated, if that is this thread's magazine for the queue. What is read of a stale handle's
  // block means nothing until its generation has been seen to end.
  magazine* const m = last_magazine_for(queue);
  if (m && get(r->owner) == m->number && get(r->shelf) != magazine::no_shelf && m->lock.try_enter()) [[likely]] {
    if ((conditions_.load(std::memory_order_relaxed) & ~tight) == 0) [[likely]] {
      if (!end_generation(*r, handle)) [[unlikely]] {
        m->lock.leave();
        refuse_free(handle, r);
      }
      end_life(*m, *r, queue, number);
      if (const std::uint32_t tag = get(r->tag); tag >= counters::own_tags) [[unlikely]]
        count_owner_with_care(*m, tag, get(r->requested), true, false);
      else if (options.statistics)
        count_owner<true>(*m, tag, get(r->requested));
      if (m->bytes() + get(r->bytes) <= m->cache_limit && m->put(*r, handle.index)) [[likely]] {
        m->lock.leave();
        return;
      }
      block_list out;
      keep(*m, *r, handle.index, out);
      m->lock.leave();
      give_back(out);
      return;
    }
    m->lock.leave();
  }
  free_with_care(*r, handle, queue, number);
}

void pool_core::free_with_care(block_record& r, block_handle handle, queue_id queue, std::uint64_t number) {
  // In queue order it goes to this thread's magazine for the queue, else back to where it was allocated. Finding the
  // magazine may fail, so that comes before anything is done. (A stale handle's block names a magazine that exists.)
  magazine& owner = *magazines_[get(r.owner)].load(std::memory_order_acquire);
  const void* const owning_thread = owner.thread.load(std::memory_order_relaxed);
  magazine& m = queue == no_queue && owning_thread == this_thread_token() ? owner : magazine_for(queue);
  const bool is_remote = queue == no_queue && &m != &owner && owning_thread != nullptr;
  if (!end_generation(r, handle)) refuse_free(handle, &r);
  if (is(recording)) log_event(free_event(handle, queue, number, *this)); // before the block can be another's

  const block_index b = handle.index;
  const std::uint64_t granted = get(r.bytes);
  block_list out;
  {
    const access mine(m);
    end_life(m, r, queue, number);
    count_owner_with_care(m, get(r.tag), get(r.requested), true, false);
    if (is_remote) m.counts.remote_frees.add(1);
    if (!options.caches || m.is_shared || is_remote)
      out.push(records, b);
    else
      keep(m, r, b, out);
  }
  if (is_remote && granted <= largest_returned && owner.returned.push(records, b)) return;
  give_back(out);
}

bool pool_core::give_back(block_list blocks, bool keeps_segments) noexcept {
  if (blocks.empty()) return false;
  std::array<block_list, buffer_kinds> free{};
  struct {
    queue_id queue = no_queue;
    std::uint64_t completed = 0;
    block_list blocks;
  } waiting;
  const auto hand_over = [&] {
    if (!waiting.blocks.empty()) queues.add(waiting.queue, waiting.blocks);
    waiting.blocks = {};
  };
  while (!blocks.empty()) {
    const block_index b = blocks.pop(records);
    block_record& r = records[b];
    if (const std::uint64_t number = get(r.number); number != 0) {
      const queue_id queue{get(r.queue)};
      if (queue != waiting.queue) {
        hand_over();
        waiting.queue = queue;
        waiting.completed = queues.completed(queue);
      }
      if (waiting.completed < number) {
        set_state(r, make_state(generation_of(state_of(r)), phase::pending));
        waiting.blocks.push(records, b);
        continue;
      }
      set(r.number, 0);
      add(shared.pending_resolved, get(r.bytes));
    }
    free[kind_of(b)].push(records, b);
  }
  hand_over();
  std::uint64_t freed = 0;
  for (std::size_t k = 0; k < buffer_kinds; ++k)
    if (!free[k].empty()) freed += regions_[k]->release(free[k]);
  if (freed == 0) return false;
  bytes.unuse(freed);
  if (is(tight) && bytes.used() < bytes.reserved() - bytes.reserved() / 8) become(tight, false);
  if (!keeps_segments)
    for (const auto& r : regions_)
      if (r->figures().unused_segments > options.retained_bytes) return_segments(options.retained_bytes);
  return true;
}

bool pool_core::collect_everything_returned() noexcept {
  block_list out;
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 1; i < count; ++i) {
    magazine& m = *magazines_[i].load(std::memory_order_acquire);
    if (m.returned.is_empty()) continue;
    for (block_index b = m.returned.take(); b != no_block;) {
      const block_index next = get(records[b].next);
      out.push(records, b);
      b = next;
    }
  }
  return give_back(out, true);
}

bool pool_core::reclaim_done() noexcept {
  const block_list done = queues.take_done();
  for (block_index b = done.first; b != no_block; b = get(records[b].next)) {
    set(records[b].number, 0);
    add(shared.pending_resolved, get(records[b].bytes));
  }
  return give_back(done, true);
}

block_place pool_core::place_of(block_handle handle) const {
  const block_record* const r = records.find(handle.index);
  if (!r || !handle || state_of(*r) != make_state(handle.generation, phase::live)) refuse_free(handle, r);
  return regions_[kind_of(handle.index)]->place_of(handle.index);
}

} // namespace dotcompute::memory
