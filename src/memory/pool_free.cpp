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

void pool_core::free(block_handle handle, queue_id queue, std::uint64_t number) {
  block_record* const r = handle.index == no_block ? nullptr : records.find(handle.index);
  if (!r || !handle) refuse_free(handle, r);
  // In queue order it goes to this thread's magazine for the queue, else back to where it was allocated. Finding the
  // magazine may fail, so that comes before anything is done. (What is read of a stale handle's block means nothing,
  // but names a magazine that exists.)
  magazine& owner = *magazines_[get(r->owner)].load(std::memory_order_acquire);
  const void* const owning_thread = owner.thread.load(std::memory_order_relaxed);
  magazine& m = queue == no_queue && owning_thread == this_thread_token() ? owner : magazine_for(queue);
  const bool is_remote = queue == no_queue && &m != &owner && owning_thread != nullptr;

  // Of several threads that free one block, one wins.
  std::uint32_t expected = make_state(handle.generation, phase::live);
  if (!std::atomic_ref<std::uint32_t>(r->state).compare_exchange_strong(
          expected, make_state(next_generation(handle.generation), phase::cached), std::memory_order_acq_rel))
    refuse_free(handle, r);
  if (is_recording.load(std::memory_order_relaxed)) [[unlikely]] // before the block can be another's
    log_event(free_event(handle, queue, number, *this));

  const block_index b = handle.index;
  const std::uint64_t granted = get(r->bytes), requested = get(r->requested);
  const std::uint32_t tag = get(r->tag);
  set(r->queue, static_cast<std::uint32_t>(queue));
  set(r->number, queue == no_queue ? 0 : number);
  block_list out;
  {
    const access mine(m);
    if (options.statistics) count_live(m, tag, granted, requested, true);
    if (queue != no_queue) {
      set(r->since, coarse_nanoseconds());
      m.counts.queue_ordered_frees.add(1);
      if (number != 0) m.counts.pending_added.add(granted);
    }
    if (is_remote) m.counts.remote_frees.add(1);
    if (!options.caches || m.is_shared || is_remote) {
      out.push(records, b);
    } else {
      if (m.bytes() + granted > m.cache_limit) out = m.shrink(records, m.cache_limit - m.cache_limit / 4);
      if (m.bytes() + granted > m.cache_limit || !m.put(*r, b)) out.push(records, b);
    }
  }
  if (out.empty()) return;
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
  if (is_tight_.load(std::memory_order_relaxed) && bytes.used() < bytes.reserved() - bytes.reserved() / 8)
    is_tight_.store(false, std::memory_order_relaxed);
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
