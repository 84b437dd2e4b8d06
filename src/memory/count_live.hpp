// SPDX-License-Identifier: MIT
// Counting one block that became live or free; in a header, since it is part of both fast paths. What a thread has more
// than was last added to the pool's figures is at most the flush limit, and what it has less at most the limit and the
// largest block that it keeps, so that making and freeing that block again and again touches nothing that threads
// share.
#pragma once

#include "memory/pool_core.hpp"

namespace dotcompute::memory {

template <bool is_freed>
[[gnu::always_inline]] inline void pool_core::count_block(magazine& m, std::uint64_t granted,
                                                          std::uint64_t requested) noexcept {
  counters& c = m.counts;
  (is_freed ? c.frees : c.allocations).add(1);
  c.requested.add(is_freed ? 0 - requested : requested);
  const std::uint64_t now = c.granted.load() + (is_freed ? 0 - granted : granted);
  c.granted.store(now);
  if (!is_freed && requested > c.largest_request.load()) c.largest_request.store(requested);
  const std::uint64_t limit = m.flush_limit;
  const std::uint64_t below = limit + m.counts.recurring_bytes.load();
  if (now - m.flushed + below > below + limit) [[unlikely]] // outside of [-below, limit]
    is_freed ? flush_bytes(m, granted) : flush_bytes(m);
}

template <bool is_freed>
[[gnu::always_inline]] inline void pool_core::count_owner(magazine& m, std::uint32_t tag,
                                                          std::uint64_t requested) noexcept {
  const std::uint64_t limit = m.flush_limit;
  const std::int64_t now = m.counts.tags[tag].add(requested, is_freed);
  const std::uint64_t below = limit + m.counts.recurring_bytes.load();
  if (static_cast<std::uint64_t>(now) + below > below + limit) [[unlikely]]
    flush_tag(m, tag);
}

} // namespace dotcompute::memory
