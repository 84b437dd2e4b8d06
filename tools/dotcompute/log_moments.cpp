// SPDX-License-Identifier: MIT
#include "log_moments.hpp"

#include "memory/replay.hpp"

#include <algorithm>
#include <map>

namespace dotcompute::tool {

namespace {

using namespace memory;

log_moment look(std::string name, const replay_moment& now) {
  now.pool.check();
  log_moment m{std::move(name), now.events, now.time, now.pool.map(), now.pool.statistics()};
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::int64_t> since;
  for (const auto& [number, block] : now.live) {
    const block_place place = now.pool.place_of(block.handle);
    since[{place.segment, place.offset}] = block.since;
  }
  std::vector<std::int64_t> oldest(m.map.tags.size(), -1);
  for (auto& s : m.map.segments)
    for (auto& b : s.blocks) {
      if (b.state != block_state::live) continue;
      const auto found = since.find({s.number, b.offset});
      b.age = std::chrono::nanoseconds(found == since.end() ? 0 : now.time - found->second);
      if (b.tag < oldest.size()) oldest[b.tag] = std::max(oldest[b.tag], b.age.count());
    }
  auto tags = now.pool.tags();
  for (auto& t : tags) {
    const auto at = std::find(m.map.tags.begin(), m.map.tags.end(), t.name) - m.map.tags.begin();
    t.oldest_age = {};
    if (at < static_cast<std::ptrdiff_t>(oldest.size()) && oldest[static_cast<std::size_t>(at)] >= 0)
      t.oldest_age = std::chrono::nanoseconds(oldest[static_cast<std::size_t>(at)]);
  }
  m.statistics.tags = std::move(tags);
  return m;
}

} // namespace

std::vector<log_moment> play_to_moments(std::span<const std::byte> log, const log_story& story,
                                        const replay_options& options) {
  std::vector<log_moment> moments;
  replay(log, options, [&](const replay_moment& now) {
    if (now.is_end)
      moments.push_back(look("end", now));
    else if (now.events == story.peak_event && now.events != story.events)
      moments.push_back(look("peak", now));
  });
  return moments;
}

} // namespace dotcompute::tool
