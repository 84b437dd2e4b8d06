// SPDX-License-Identifier: MIT
#include "memory/count_live.hpp"

#include <algorithm>

namespace dotcompute::memory {

void pool_core::flush_bytes(magazine& m) noexcept {
  const std::uint64_t granted = m.counts.granted.load();
  const auto difference = static_cast<std::int64_t>(granted - m.flushed);
  m.flushed = granted;
  const std::int64_t now = shared.flushed_bytes.fetch_add(difference, std::memory_order_relaxed) + difference;
  if (now > 0) ledger::raise(shared.allocated_peak, static_cast<std::uint64_t>(now));
}

void pool_core::flush_bytes(magazine& m, std::uint64_t freed) noexcept {
  flush_bytes(m);
  counter& recurring = m.counts.recurring_bytes;
  if (freed > recurring.load() && freed > m.flush_limit && freed <= std::max(m.cache_limit, m.large_limit))
    recurring.store(freed);
}

void pool_core::flush_tag(magazine& m, std::uint32_t tag) noexcept {
  tag_difference& own = m.counts.tags[tag];
  tag_figures& t = tags[tag_id{tag}];
  const std::int64_t now = t.bytes.fetch_add(own.bytes(), std::memory_order_relaxed) + own.bytes();
  t.blocks.fetch_add(own.blocks(), std::memory_order_relaxed);
  own.clear();
  if (now > 0) ledger::raise(t.peak, static_cast<std::uint64_t>(now));
}

void pool_core::count_owner_with_care(magazine& m, std::uint32_t tag, std::uint64_t requested, bool is_freed,
                                      bool is_charged) noexcept {
  if (!options.statistics) return;
  tag_figures& t = tags[tag_id{tag}];
  // Under a budget the table is exact.
  const bool is_exact = is(tag_budgets) && t.budget.load(std::memory_order_relaxed) != tag_figures::unlimited;
  if (is_charged || is_exact || tag >= counters::own_tags || requested >= tag_difference::too_large) {
    const auto change = static_cast<std::int64_t>(is_freed ? 0 - requested : requested);
    if (!is_charged) {
      const std::int64_t now = t.bytes.fetch_add(change, std::memory_order_relaxed) + change;
      if (!is_freed && now > 0) ledger::raise(t.peak, static_cast<std::uint64_t>(now));
    }
    t.blocks.fetch_add(is_freed ? -1 : 1, std::memory_order_relaxed);
  } else if (is_freed) {
    count_owner<true>(m, tag, requested);
  } else {
    count_owner<false>(m, tag, requested);
  }
}

} // namespace dotcompute::memory
