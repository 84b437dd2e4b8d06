// SPDX-License-Identifier: MIT
// Handing out blocks: from the thread's own, from the pool's, from a new segment.
#include "memory/coarse_clock.hpp"
#include "memory/count_live.hpp"
#include "memory/pool_core.hpp"
#include "memory/recorder.hpp"
#include "memory/thread_magazines.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"

#include <algorithm>
#include <bit>

namespace dotcompute::memory {
namespace {

constexpr std::uint32_t sample_one_in = 64, samples_at_first = 64; // of the first allocations each is one
constexpr std::uint32_t time_one_sample_in = 4, time_slow_one_in = 16;

std::uint64_t round_up(std::uint64_t value, std::uint64_t to) {
  return (value + to - 1) / to * to;
}

} // namespace

void pool_core::validate(const allocation_request& r) {
  if (r.bytes == 0)
    throw error(error_code::invalid_size, "no bytes were asked for",
                describe("allocate memory", "Ask for at least one byte."));
  if (r.alignment == 0 || (r.alignment & (r.alignment - 1)) != 0 || r.alignment > granularity_)
    throw error(error_code::invalid_argument,
                "an alignment of " + std::to_string(r.alignment) + " bytes; it must be a power of two of at most " +
                    std::to_string(granularity_),
                describe("allocate memory"));
  if (static_cast<std::size_t>(r.kind) >= buffer_kinds)
    throw error(error_code::invalid_argument, "an unknown kind of memory", describe("allocate memory"));
  if (!tags.is_known(r.tag))
    throw error(error_code::invalid_argument, "an unknown owner tag", describe("allocate memory"));
  if (r.bytes > bytes.capacity() || r.bytes > offset_allocator::largest_segment) fail(r, lack::capacity);
}

void pool_core::charge(const allocation_request& r) {
  tag_figures& t = tags[r.tag];
  const std::uint64_t budget = t.budget.load(std::memory_order_relaxed);
  const auto more = static_cast<std::int64_t>(r.bytes);
  std::int64_t had = t.bytes.load(std::memory_order_relaxed);
  do {
    if (had + more > 0 && static_cast<std::uint64_t>(had + more) > budget) {
      t.refused.fetch_add(1, std::memory_order_relaxed);
      fail(r, lack::tag_budget);
    }
  } while (!t.bytes.compare_exchange_weak(had, had + more, std::memory_order_relaxed));
  if (had + more > 0) ledger::raise(t.peak, static_cast<std::uint64_t>(had + more));
}

void pool_core::uncharge(const allocation_request& r) noexcept {
  tags[r.tag].bytes.fetch_sub(static_cast<std::int64_t>(r.bytes), std::memory_order_relaxed);
}

pool_core::closeness pool_core::look_at(magazine& m) const noexcept {
  if (m.is_shared) return {options.statistics ? 1u : 0u, false};
  const access mine(m);
  if (m.until_sample != 0) {
    --m.until_sample;
    return {};
  }
  if (!options.statistics) {
    m.until_sample = ~0u;
    return {};
  }
  const std::uint32_t weight = m.samples < samples_at_first ? 1 : sample_one_in;
  ++m.samples;
  m.until_sample = m.samples < samples_at_first ? 0 : sample_one_in - 1;
  return {weight, m.samples % time_one_sample_in == 0};
}

[[gnu::always_inline]] inline void pool_core::hand_out(magazine& m, magazine::taken t, const allocation_request& r,
                                                       std::uint64_t used_bytes, allocation& result) noexcept {
  block_record& record = *t.record;
  const std::uint64_t granted = get(record.bytes);
  if (get(record.number) != 0) {
    m.counts.pending.add(0 - granted);
    set(record.number, 0);
  }
  set(record.owner, m.number);
  set(record.tag, static_cast<std::uint32_t>(r.tag));
  set(record.requested, r.bytes);
  set(record.since, coarse_nanoseconds());
  if (options.statistics) count_block<false>(m, granted, r.bytes);
  std::uint32_t generation = generation_of(get(record.state));
  // Handles of two pools differ in their generations, so that one given to the other is recognised.
  if (generation == 0) generation = next_generation(static_cast<std::uint32_t>(serial * 0x9e3779b97f4a7c15u >> 34));
  set_state(record, make_state(generation, phase::live));
  result.handle.index = t.block;
  result.handle.generation = generation;
  result.address = get(record.address);
  result.bytes = granted;
  result.used_bytes = used_bytes;
}

bool pool_core::collect_returned(magazine& m, block_list& overflow) noexcept {
  bool any = false;
  for (block_index b = m.returned.take(); b != no_block;) {
    const block_index next = get(records[b].next);
    if (m.bytes() > m.cache_limit || !m.put(records[b], b)) overflow.push(records, b);
    b = next;
    any = true;
  }
  return any;
}

// One comparison for each; whatever is wrong is told apart by validate().
[[gnu::always_inline]] inline bool pool_core::is_plain(const allocation_request& r) const noexcept {
  return r.bytes - 1 < magazine::largest_request && r.alignment - 1 < granule &&
         (r.alignment & (r.alignment - 1)) == 0 && static_cast<std::size_t>(r.kind) < buffer_kinds &&
         static_cast<std::uint32_t>(r.tag) < counters::own_tags && tags.is_known(r.tag);
}

// There is one result, made where the caller wants it: a copy of what was just written in parts would wait for it.
allocation pool_core::allocate(const allocation_request& r) {
  allocation result;
  magazine* const m = last_magazine_for(r.queue);
  if (m && is_plain(r) && m->lock.try_enter()) [[likely]] {
    // Within the lock: who changes the conditions and then claims the magazine knows that its owner has seen them.
    if (conditions_.load(std::memory_order_relaxed) == 0 && m->until_sample != 0) [[likely]] {
      const magazine::taken t =
          m->take(records, static_cast<std::uint32_t>(r.kind), (r.bytes + granule - 1) / granule, false);
      if (t.record) [[likely]] {
        --m->until_sample;
        hand_out(*m, t, r, get(t.record->bytes), result);
        if (options.statistics) count_owner<false>(*m, static_cast<std::uint32_t>(r.tag), r.bytes);
        m->lock.leave();
        return result;
      }
    }
    m->lock.leave();
  }
  result = allocate_with_care(r);
  return result;
}

allocation pool_core::allocate_with_care(const allocation_request& r) {
  validate(r);
  const bool is_charged =
      is(tag_budgets) && tags[r.tag].budget.load(std::memory_order_relaxed) != tag_figures::unlimited;
  if (is_charged) charge(r);
  allocation result;
  try {
    magazine& m = magazine_for(r.queue);
    const closeness look = look_at(m);
    if (options.caches && !m.is_shared) result = allocate_cached(m, r, is_charged, look);
    if (!result.handle) result = allocate_slowly(r, is_charged);
    if (look.weight != 0) shared.requests.add(r.bytes, look.weight);
  } catch (...) {
    if (is_charged) uncharge(r);
    throw;
  }
  if (is(recording)) log_event(allocation_event(r, result.handle, *this));
  return result;
}

allocation pool_core::allocate_cached(magazine& m, const allocation_request& r, bool is_charged, closeness look) {
  const std::int64_t start = look.is_timed ? now_nanoseconds() : 0;
  const auto kind = static_cast<std::uint32_t>(r.kind);
  const std::uint64_t units = (r.bytes + granule - 1) / granule;
  allocation result;
  block_list overflow;
  {
    const access mine(m);
    const bool exactly = is(tight);
    magazine::taken t = m.take(records, kind, units, exactly);
    if (!t.record && !m.returned.is_empty() && collect_returned(m, overflow)) t = m.take(records, kind, units, exactly);
    if (t.record && (reinterpret_cast<std::uintptr_t>(get(t.record->address)) & (r.alignment - 1)) != 0) {
      if (get(t.record->bytes) > m.cache_limit ? !m.put_large(*t.record, t.block) : !m.put(*t.record, t.block))
        overflow.push(records, t.block);
      t = {};
    }
    if (t.record) {
      hand_out(m, t, r, get(t.record->bytes), result);
      count_owner_with_care(m, static_cast<std::uint32_t>(r.tag), r.bytes, false, is_charged);
    }
  }
  if (look.is_timed && result.handle) shared.fast.add(now_nanoseconds() - start);
  give_back(overflow);
  return result;
}

allocation pool_core::allocate_slowly(const allocation_request& r, bool is_charged) {
  magazine& m = magazine_for(r.queue);
  const bool is_timed = options.statistics && m.counts.slow_allocations.load() % time_slow_one_in == 0;
  const std::int64_t start = is_timed ? now_nanoseconds() : 0;
  trial t;
  std::int64_t short_since = 0;
  try {
    t = try_blocks(r);
    if (t.piece.block == no_block) t = try_all(r);
    if (t.piece.block == no_block) {
      short_since = now_nanoseconds();
      t.piece = end_shortage(r, t.why);
    }
  } catch (const std::bad_alloc&) {
    throw error(error_code::out_of_memory, "the host has no memory for the pool's book-keeping",
                describe("allocate memory"));
  }
  allocation result;
  {
    const access mine(m);
    m.counts.slow_allocations.add(1);
    if (t.piece.freed_on != no_queue && t.piece.freed_on != r.queue) m.counts.cross_queue_reuses.add(1);
    set_limits(m);
    hand_out(m, {t.piece.block, &records[t.piece.block]}, r, t.piece.used_bytes, result);
    count_owner_with_care(m, static_cast<std::uint32_t>(r.tag), r.bytes, false, is_charged);
  }
  if (options.statistics && short_since != 0)
    shared.slow.add(now_nanoseconds() - short_since);
  else if (is_timed)
    shared.slow.add(now_nanoseconds() - start);
  return result;
}

pool_core::trial pool_core::try_blocks(const allocation_request& r) {
  const std::uint64_t wanted = round_up(r.bytes, granule);
  lack why = lack::budget;
  if (bytes.use(wanted)) {
    region::piece p;
    try {
      p = region_of(r.kind).allocate(wanted, r.alignment);
    } catch (...) {
      bytes.unuse(wanted);
      throw;
    }
    if (p.block != no_block) return {p, lack::nothing};
    bytes.unuse(wanted);
    why = lack::block;
  }
  // What waits for this very queue may be used on it before it is done.
  const auto units = static_cast<std::uint32_t>(wanted / granule);
  if (r.queue != no_queue)
    if (const block_index b = queues.take_own(r.queue, static_cast<std::uint32_t>(r.kind), units, r.alignment);
        b != no_block) {
      const std::uint64_t granted = get(records[b].bytes);
      return {{b, get(records[b].address), granted, granted, no_queue}, lack::nothing};
    }
  return {{}, why};
}

pool_core::trial pool_core::try_all(const allocation_request& r) {
  trial t{{}, lack::block};
  const bool collected = collect_everything_returned(), reclaimed = reclaim_done();
  if (collected || reclaimed || bytes.budget()) t = try_blocks(r);
  if (t.why == lack::nothing || t.why == lack::budget) return t;
  // Another thread may take what was just made, but not for ever.
  for (int turn = 0; turn < 3; ++turn) {
    if (const lack why = grow(r); why != lack::nothing) return {{}, why};
    t = try_blocks(r);
    if (t.why != lack::block) return t;
  }
  return t;
}

pool_core::lack pool_core::grow(const allocation_request& r) {
  const std::uint64_t needed = round_up(round_up(r.bytes, granule), granularity_);
  const std::uint64_t usual =
      std::clamp(std::bit_floor(bytes.reserved() / 4), options.smallest_segment, options.largest_segment);
  // A request of more than half a segment has one of its own size: what it left would fit few others, and with its end
  // all of it can go back.
  const std::uint64_t wanted = needed > usual / 2 ? needed : round_up(usual, granularity_);
  if (wanted > needed && add_segment(r.kind, wanted) == lack::nothing) return lack::nothing;
  return add_segment(r.kind, needed);
}

pool_core::lack pool_core::add_segment(buffer_kind kind, std::uint64_t wanted) {
  if (wanted > offset_allocator::largest_segment) return lack::capacity;
  switch (bytes.reserve(wanted, granularity_)) {
  case ledger::answer::granted: break;
  case ledger::answer::over_budget: return lack::budget;
  case ledger::answer::over_capacity: return lack::capacity;
  }
  const std::int64_t start = now_nanoseconds();
  try {
    auto fresh = source->create_segment(kind, wanted);
    const std::uint64_t number = segment_numbers_.fetch_add(1, std::memory_order_relaxed) + 1;
    region_of(kind).add(fresh, wanted, number);
  } catch (const error& e) {
    bytes.unreserve(wanted);
    add(shared.driver_failures);
    // Only a lack of something is worth trying to overcome; a failed device is not asked again.
    if (e.kind() != error_class::resource) throw;
    log::debug("{} gave no segment of {} bytes: {}", options.device, wanted, e.what());
    return lack::driver;
  } catch (...) {
    bytes.unreserve(wanted);
    add(shared.driver_failures);
    throw;
  }
  add(shared.driver_allocations);
  shared.driver.add(now_nanoseconds() - start);
  return lack::nothing;
}

} // namespace dotcompute::memory
