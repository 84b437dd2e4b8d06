// SPDX-License-Identifier: MIT
// Making and closing a pool, and whose magazine is whose.
#include "memory/pool_core.hpp"

#include "memory/device_monitor.hpp"
#include "memory/host_resource.hpp"
#include "memory/published_fragmentation.hpp"
#include "memory/recorder.hpp"
#include "memory/thread_magazines.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute::memory {
namespace {

std::atomic<std::uint64_t> pools_made{0};

} // namespace

pool_core::pool_core(std::shared_ptr<drivers::segment_source> from, pool_options with)
    : source(std::move(from)), options(std::move(with)), serial(pools_made.fetch_add(1) + 1),
      bytes(options.capacity, options.budget), queues(records),
      monitor(std::make_unique<device_monitor>(source->memory_query())),
      resource(std::make_unique<host_resource>(*this)), published_(std::make_unique<published_fragmentation>()) {
  for (std::size_t k = 0; k < buffer_kinds; ++k)
    regions_[k] = std::make_unique<region>(static_cast<buffer_kind>(k), records);
  become(uncached, !options.caches || owner_lock::needs_fence());
  auto* const for_all = new magazine;
  for_all->is_shared = true;
  magazines_[0].store(for_all, std::memory_order_release);
  magazine_count_.store(1, std::memory_order_release);
}

pool_core::~pool_core() {
  for (auto& m : magazines_)
    delete m.load(std::memory_order_relaxed);
}

magazine& pool_core::find_or_make_magazine(queue_id queue) {
  if (magazine* const m = find_magazine(serial, queue)) return *m;
  magazine& for_all = *magazines_[0].load(std::memory_order_relaxed);
  if (queue != no_queue && !queues.is_known(queue))
    throw error(error_code::invalid_argument, "an unknown queue", describe("use memory in queue order"));
  if (!may_have_magazines()) return for_all;
  magazine* m = nullptr;
  {
    const std::lock_guard lock(magazines_guard_);
    if (!spare_magazines_.empty()) {
      m = spare_magazines_.back();
      spare_magazines_.pop_back();
    } else {
      const std::uint32_t number = magazine_count_.load(std::memory_order_relaxed);
      if (number == most_magazines) return for_all;
      spare_magazines_.reserve(number + 1); // so that retire() cannot fail
      m = new magazine;
      m->number = number;
      magazines_[number].store(m, std::memory_order_release);
      magazine_count_.store(number + 1, std::memory_order_release);
    }
  }
  try {
    add_magazine(shared_from_this(), queue, *m);
  } catch (...) {
    const std::lock_guard lock(magazines_guard_);
    spare_magazines_.push_back(m);
    throw;
  }
  const access mine(*m);
  set_limits(*m);
  m->queue.store(static_cast<std::uint32_t>(queue), std::memory_order_relaxed);
  m->thread.store(this_thread_token(), std::memory_order_release);
  m->returned.open();
  return *m;
}

void pool_core::retire(magazine& m) noexcept {
  block_list out;
  {
    const access mine(m);
    out = m.shrink(records, 0);
    m.thread.store(nullptr, std::memory_order_relaxed);
    for (block_index b = m.returned.close(); b != no_block;) {
      const block_index next = get(records[b].next);
      out.push(records, b);
      b = next;
    }
  }
  give_back(out);
  const std::lock_guard lock(magazines_guard_);
  spare_magazines_.push_back(&m);
}

void pool_core::set_limits(magazine& m) const noexcept {
  m.cache_limit = cache_limit();
  m.large_limit = large_limit();
  m.flush_limit = flush_limit();
}

std::uint64_t pool_core::cache_limit() const noexcept {
  // A sixteenth for few threads, and never more than all of it together for many.
  return std::max(options.cache_bytes, bytes.reserved() / (16 + magazine_count_.load(std::memory_order_relaxed)));
}

std::uint64_t pool_core::large_limit() const noexcept {
  // All threads together keep no more of them than the pool keeps in segments without a live block.
  return options.retained_bytes / std::max(magazine_count_.load(std::memory_order_relaxed), 1u);
}

std::uint32_t pool_core::flush_limit() const noexcept {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(bytes.reserved_peak() / 256, 64 << 10, 64 << 20));
}

block_list pool_core::empty_magazine(magazine& m) noexcept {
  m.lock.claim();
  block_list out = m.shrink(records, 0);
  set_limits(m);
  m.lock.unclaim();
  for (block_index b = m.returned.take(); b != no_block;) {
    const block_index next = get(records[b].next);
    out.push(records, b);
    b = next;
  }
  return out;
}

std::uint64_t pool_core::drain_magazines() noexcept {
  std::uint64_t drained = 0;
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 1; i < count; ++i) {
    magazine* const m = magazines_[i].load(std::memory_order_acquire);
    const block_list blocks = empty_magazine(*m);
    for (block_index b = blocks.first; b != no_block; b = get(records[b].next))
      drained += get(records[b].bytes);
    give_back(blocks, true);
  }
  return drained;
}

void pool_core::detach_queue(queue_id queue) noexcept {
  const auto give_back_done = [this](block_list blocks) {
    for (block_index b = blocks.first; b != no_block; b = get(records[b].next))
      if (get(records[b].number) != 0) {
        set(records[b].number, 0);
        add(shared.pending_resolved, get(records[b].bytes));
      }
    give_back(blocks);
  };
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 1; i < count; ++i) {
    magazine* const m = magazines_[i].load(std::memory_order_acquire);
    if (m->queue.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(queue))
      give_back_done(empty_magazine(*m));
  }
  give_back_done(queues.detach(queue));
}

trim_result pool_core::trim() {
  add(shared.trims);
  trim_result result;
  result.drained_bytes = drain_magazines();
  reclaim_done();
  const trim_result returned = return_segments(0);
  result.returned_bytes = returned.returned_bytes;
  result.segments = returned.segments;
  if (is(recording)) {
    memory::log_event e;
    e.operation = log_operation::trim;
    log_event(e);
  }
  return result;
}

discarded pool_core::discard() noexcept {
  discarded result;
  for (std::uint32_t kind = 0; kind < buffer_kinds; ++kind)
    records.for_each(kind, [&](block_index b, const block_record& r) {
      const std::uint32_t state = state_of(r);
      if (phase_of(state) != phase::live || resource->owns(tag_id{get(r.tag)})) return;
      const std::uint64_t requested = get(r.requested);
      try {
        free({b, generation_of(state)}, no_queue, 0);
      } catch (const error&) {
        return; // its owner was faster
      }
      ++result.blocks;
      result.bytes += requested;
    });
  drain_magazines();
  reclaim_done();
  result.returned_bytes = return_segments(0, true).returned_bytes;
  return result;
}

trim_result pool_core::return_segments(std::uint64_t keep, bool leaves_zeros) noexcept {
  trim_result result;
  for (const auto& r : regions_)
    // One at a time, so that its memory goes back without the region's lock.
    for (region::removed s = r->remove_unused(keep); s.memory; s = r->remove_unused(keep)) {
      if (leaves_zeros) s.memory->leave_zeros();
      s.memory.reset();
      bytes.unreserve(s.bytes);
      add(shared.driver_frees);
      result.returned_bytes += s.bytes;
      ++result.segments;
    }
  return result;
}

void pool_core::set_budget(tag_id tag, known<std::uint64_t> budget) {
  if (!tags.is_known(tag)) throw error(error_code::invalid_argument, "an unknown owner tag", describe("set a budget"));
  if (!options.statistics)
    throw error(error_code::invalid_argument, "a pool that does not count cannot limit an owner",
                describe("set a budget"));
  tag_figures& t = tags[tag];
  become(tag_budgets, true);
  t.budget.store(budget.value_or(tag_figures::unlimited), std::memory_order_seq_cst);
  // What threads have counted for themselves is added up, so that the budget is exact from here on: whoever enters a
  // magazine after it was claimed here sees the budget and counts in the table.
  const auto number = static_cast<std::uint32_t>(tag);
  if (number >= counters::own_tags) return;
  const std::uint32_t count = magazine_count_.load(std::memory_order_acquire);
  for (std::uint32_t i = 0; i < count; ++i) {
    magazine& m = *magazines_[i].load(std::memory_order_acquire);
    m.lock.claim();
    flush_tag(m, number);
    m.lock.unclaim();
  }
}

std::string pool_core::name_of(tag_id tag) const {
  return tags.is_known(tag) ? tags[tag].name : std::string();
}

void pool_core::log_event(const memory::log_event& e) noexcept {
  try {
    const std::lock_guard lock(recorder_guard);
    if (log) log->write(e, this_thread_token(), *this);
  } catch (const std::exception& problem) {
    log::error("the allocation log of {} ends early: {}", options.device, problem.what());
    become(recording, false);
  }
}

} // namespace dotcompute::memory
