// SPDX-License-Identifier: MIT
#include "log_story.hpp"

#include <algorithm>
#include <unordered_map>

namespace dotcompute::tool {

namespace {

constexpr std::size_t most_stretches = 512;

/// Doubles the stretches until `time` lies in one of the first 512.
void note(log_story& s, std::int64_t time) {
  while (time / s.stretch >= static_cast<std::int64_t>(most_stretches)) {
    for (std::size_t i = 0; i < s.course.size(); i += 2)
      s.course[i / 2] = std::max(s.course[i], i + 1 < s.course.size() ? s.course[i + 1] : 0);
    s.course.resize((s.course.size() + 1) / 2);
    s.stretch *= 2;
  }
  const auto at = static_cast<std::size_t>(time / s.stretch);
  // Nothing changed in the stretches between.
  if (at >= s.course.size()) s.course.resize(at + 1, s.live_bytes);
  s.course[at] = std::max(s.course[at], s.live_bytes);
}

} // namespace

log_story read_story(std::span<const std::byte> log) {
  memory::log_reader reader(log);
  log_story s;
  std::unordered_map<std::uint64_t, std::uint64_t> live;
  bool has_time = false;
  while (const auto e = reader.next()) {
    ++s.events;
    if (e->operation == memory::log_operation::tag) continue;
    if (!has_time) s.first_time = e->time;
    has_time = true;
    s.last_time = e->time;
    note(s, e->time);
    switch (e->operation) {
    case memory::log_operation::allocate:
      ++s.allocations;
      live.emplace(e->block, e->bytes);
      // Numbers in a hostile log may add up to more than there is.
      s.live_bytes = e->bytes > ~s.live_bytes ? ~std::uint64_t{0} : s.live_bytes + e->bytes;
      break;
    case memory::log_operation::free:
    case memory::log_operation::free_on:
      if (const auto found = live.find(e->block); found != live.end()) {
        ++s.frees;
        s.live_bytes -= std::min(s.live_bytes, found->second);
        live.erase(found);
      } else {
        ++s.wrong_frees;
      }
      break;
    case memory::log_operation::failed: ++s.failures[static_cast<std::size_t>(e->cause)]; break;
    default: break;
    }
    note(s, e->time);
    if (s.live_bytes > s.peak_bytes) {
      s.peak_bytes = s.live_bytes;
      s.peak_event = s.events;
      s.peak_time = e->time;
    }
  }
  s.live_blocks = live.size();
  s.problem = reader.problem();
  return s;
}

} // namespace dotcompute::tool
