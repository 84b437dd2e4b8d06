// SPDX-License-Identifier: MIT
// Counting one block that became live or free; in a header, since it is part of both fast paths.
#pragma once

#include "memory/pool_core.hpp"

namespace dotcompute::memory {

inline void pool_core::count_live(magazine& m, std::uint32_t tag, std::uint64_t granted, std::uint64_t requested,
                                  bool is_freed) noexcept {
  counters& c = m.counts;
  if (is_freed) {
    c.frees.add(1);
    c.requested_freed.add(requested);
    c.bytes_freed.add(granted);
  } else {
    c.allocations.add(1);
    c.requested_allocated.add(requested);
    c.bytes_allocated.add(granted);
    if (requested > c.largest_request.load()) c.largest_request.store(requested);
  }
  const std::uint64_t sign = is_freed ? std::uint64_t(-1) : 1;
  const auto far = [&m](std::int64_t difference) {
    return static_cast<std::uint64_t>(difference < 0 ? -difference : difference) > m.flush_limit;
  };
  const std::uint64_t unflushed = c.unflushed_bytes.load() + sign * granted;
  if (const auto difference = static_cast<std::int64_t>(unflushed); far(difference)) {
    const std::int64_t now = shared.flushed_bytes.fetch_add(difference, std::memory_order_relaxed) + difference;
    if (now > 0) ledger::raise(shared.allocated_peak, static_cast<std::uint64_t>(now));
    c.unflushed_bytes.store(0);
  } else {
    c.unflushed_bytes.store(unflushed);
  }
  const bool is_exact = has_tag_budgets_.load(std::memory_order_relaxed) &&
                        tags[tag_id{tag}].budget.load(std::memory_order_relaxed) != tag_figures::unlimited;
  if (is_exact || tag >= counters::own_tags) {
    tag_figures& t = tags[tag_id{tag}];
    // The bytes of an allocation under a budget were added by charge().
    const auto change = static_cast<std::int64_t>(sign * requested);
    std::int64_t now = 0;
    if (is_freed || !is_exact) now = t.bytes.fetch_add(change, std::memory_order_relaxed) + change;
    if (!is_freed && now > 0) ledger::raise(t.peak, static_cast<std::uint64_t>(now));
    t.blocks.fetch_add(is_freed ? -1 : 1, std::memory_order_relaxed);
    return;
  }
  auto& own = c.tags[tag];
  own.blocks.add(sign);
  const std::uint64_t bytes_now = own.bytes.load() + sign * requested;
  if (const auto difference = static_cast<std::int64_t>(bytes_now); far(difference)) {
    tag_figures& t = tags[tag_id{tag}];
    const std::int64_t now = t.bytes.fetch_add(difference, std::memory_order_relaxed) + difference;
    if (now > 0) ledger::raise(t.peak, static_cast<std::uint64_t>(now));
    own.bytes.store(0);
  } else {
    own.bytes.store(bytes_now);
  }
}

} // namespace dotcompute::memory
