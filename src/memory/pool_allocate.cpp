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

constexpr std::uint32_t time_one_in = 256, time_slow_one_in = 16;
constexpr std::uint32_t size_one_in = 64, sizes_at_first = 256; // the first are all counted

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
  const std::int64_t now = t.bytes.fetch_add(static_cast<std::int64_t>(r.bytes), std::memory_order_relaxed) +
                           static_cast<std::int64_t>(r.bytes);
  if (now > 0 && static_cast<std::uint64_t>(now) > budget) {
    t.bytes.fetch_sub(static_cast<std::int64_t>(r.bytes), std::memory_order_relaxed);
    t.refused.fetch_add(1, std::memory_order_relaxed);
    fail(r, lack::tag_budget);
  }
  if (now > 0) ledger::raise(t.peak, static_cast<std::uint64_t>(now));
}

void pool_core::uncharge(const allocation_request& r) noexcept {
  tags[r.tag].bytes.fetch_sub(static_cast<std::int64_t>(r.bytes), std::memory_order_relaxed);
}

// Few are counted, so that the ones that are not cost nothing.
[[gnu::always_inline]] inline void pool_core::count_size(std::uint64_t asked, std::uint32_t operation) noexcept {
  if (operation % size_one_in == 0 || operation <= sizes_at_first) [[unlikely]]
    shared.requests.add(asked, operation <= sizes_at_first ? 1 : size_one_in);
}

[[gnu::always_inline]] inline allocation pool_core::hand_out(magazine& m, block_index b, block_record& record,
                                                             const allocation_request& r,
                                                             std::uint64_t used_bytes) noexcept {
  const std::uint64_t granted = get(record.bytes);
  if (get(record.number) != 0) {
    m.counts.pending_resolved.add(granted);
    set(record.number, 0);
  }
  set(record.owner, m.number);
  set(record.tag, static_cast<std::uint32_t>(r.tag));
  set(record.requested, r.bytes);
  set(record.since, coarse_nanoseconds());
  if (options.statistics) count_live(m, static_cast<std::uint32_t>(r.tag), granted, r.bytes, false);
  std::uint32_t generation = generation_of(get(record.state));
  // Handles of two pools differ in their generations, so that one given to the other is recognised.
  if (generation == 0) generation = next_generation(static_cast<std::uint32_t>(serial * 0x9e3779b97f4a7c15u >> 34));
  set_state(record, make_state(generation, phase::live));
  return {{b, generation}, get(record.address), granted, used_bytes};
}

bool pool_core::collect_returned(magazine& m, block_list& overflow) noexcept {
  bool any = false;
  for (block_index b = m.returned.take(); b != no_block;) {
    const block_index next = get(records[b].next);
    if (m.bytes() > m.cache_limit || !m.put(records, b)) overflow.push(records, b);
    b = next;
    any = true;
  }
  return any;
}

allocation pool_core::allocate(const allocation_request& r) {
  // One comparison for each; whatever is wrong is told apart by validate().
  const std::uint64_t most = std::min(bytes.capacity(), offset_allocator::largest_segment);
  if (r.bytes - 1 >= most || (r.alignment & (r.alignment - 1)) != 0 || r.alignment - 1 >= granularity_ ||
      static_cast<std::size_t>(r.kind) >= buffer_kinds || !tags.is_known(r.tag)) [[unlikely]]
    validate(r);
  const bool is_charged = has_tag_budgets_.load(std::memory_order_relaxed) &&
                          tags[r.tag].budget.load(std::memory_order_relaxed) != tag_figures::unlimited;
  if (is_charged) charge(r);
  allocation result;
  try {
    magazine& m = magazine_for(r.queue);
    block_list overflow;
    if (options.caches && !m.is_shared) {
      const access mine(m);
      const std::uint32_t operation = ++m.operations;
      const bool is_timed = options.statistics && operation % time_one_in == 0;
      const std::int64_t start = is_timed ? now_nanoseconds() : 0;
      const auto units = static_cast<std::uint32_t>((r.bytes + granule - 1) / granule);
      const auto kind = static_cast<std::uint32_t>(r.kind);
      const bool exactly = is_tight_.load(std::memory_order_relaxed);
      block_record* record = nullptr;
      block_index b = m.take(records, kind, units, exactly, record);
      if (b == no_block && !m.returned.is_empty() && collect_returned(m, overflow))
        b = m.take(records, kind, units, exactly, record);
      if (b != no_block && r.alignment > granule &&
          (reinterpret_cast<std::uintptr_t>(get(record->address)) & (r.alignment - 1)) != 0) {
        m.put(*record, b); // there is room: it was taken from there
        b = no_block;
      }
      if (b != no_block) {
        result = hand_out(m, b, *record, r, get(record->bytes));
        if (options.statistics) count_size(r.bytes, operation);
        if (is_timed) shared.fast.add(now_nanoseconds() - start);
      }
    }
    if (!overflow.empty()) give_back(overflow);
    if (!result.handle) result = allocate_slowly(r);
  } catch (...) {
    if (is_charged) uncharge(r);
    throw;
  }
  if (is_recording.load(std::memory_order_relaxed)) log_event(allocation_event(r, result.handle, *this));
  return result;
}

allocation pool_core::allocate_slowly(const allocation_request& r) {
  magazine& m = magazine_for(r.queue);
  const bool is_timed = options.statistics && !m.is_shared && m.operations % time_slow_one_in == 0;
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
  std::uint32_t operation;
  {
    const access mine(m);
    operation = options.caches && !m.is_shared ? m.operations : ++m.operations; // the fast path counted it
    m.counts.slow_allocations.add(1);
    if (t.piece.freed_on != no_queue && t.piece.freed_on != r.queue) m.counts.cross_queue_reuses.add(1);
    m.cache_limit = cache_limit();
    m.flush_limit = flush_limit();
    result = hand_out(m, t.piece.block, records[t.piece.block], r, t.piece.used_bytes);
  }
  if (options.statistics) {
    count_size(r.bytes, operation);
    if (short_since != 0)
      shared.slow.add(now_nanoseconds() - short_since);
    else if (is_timed)
      shared.slow.add(now_nanoseconds() - start);
  }
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
