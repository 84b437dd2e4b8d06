// SPDX-License-Identifier: MIT
// A fill cut into what devices can do by themselves.
#pragma once

#include "drivers/command.hpp"

#include <algorithm>
#include <cstdint>

namespace dotcompute::drivers {

/// Bytes after which the pattern repeats itself: a float4 of zeros is one byte of zero.
inline std::uint32_t shortest_period(const fill_command& c) noexcept {
  const std::byte* const pattern = c.pattern.data();
  std::uint32_t period = c.pattern_bytes;
  while (period % 2 == 0 && std::equal(pattern, pattern + period / 2, pattern + period / 2))
    period /= 2;
  return period;
}

/// Calls `set(to, pattern, width, bytes)`, which writes one pattern of `width` bytes over and over, and `copy(to, from,
/// bytes)`, in order, until all is filled. `width` is a power of two of at most `widest`, and `to` a multiple of it:
/// devices ask for both.
template <class Set, class Copy>
void fill_by(const fill_command& c, std::uint32_t widest, Set&& set, Copy&& copy) {
  if (c.bytes == 0) return;
  auto* const to = static_cast<std::byte*>(c.to);
  const std::byte* const pattern = c.pattern.data();
  const std::uint32_t period = shortest_period(c);
  std::uint32_t width = widest;
  while (period % width != 0 || reinterpret_cast<std::uintptr_t>(to) % width != 0)
    width /= 2;
  if (period == width) return set(to, pattern, width, c.bytes);
  // One period in pieces, then what is there is copied behind itself, twice as much each time.
  for (std::uint32_t i = 0; i < period && i < c.bytes; i += width)
    set(to + i, pattern + i, width, std::uint64_t{width});
  for (std::uint64_t done = period; done < c.bytes;) {
    const std::uint64_t more = std::min(done, c.bytes - done);
    copy(to + done, to, more);
    done += more;
  }
}

} // namespace dotcompute::drivers
