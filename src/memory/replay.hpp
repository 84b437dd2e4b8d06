// SPDX-License-Identifier: MIT
// Plays a recorded log again on a pool without a device: as benchmark, and to find out what another policy would do.
#pragma once

#include "memory/allocation_log.hpp"
#include "memory/pool.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>

namespace dotcompute::memory {

struct replay_options {
  known<std::uint64_t> capacity; ///< of the imagined device, bytes; unknown: 1 TiB
  bool caches = true;            ///< pool_options::caches
};

struct replay_result {
  std::uint64_t events = 0, allocations = 0, frees = 0;
  std::uint64_t failures = 0;            ///< requests that the imagined device could not meet
  std::uint64_t recorded_failures = 0;   ///< requests that failed when the log was recorded
  std::uint64_t ignored = 0;             ///< frees of what was never allocated, failed, or was freed before
  std::int64_t recorded_nanoseconds = 0; ///< from the first event to the last, when it was recorded
  std::int64_t replay_nanoseconds = 0;   ///< spent in the pool now
  memory_statistics at_peak;             ///< when most bytes were allocated, looked at every 1,024 events
  memory_statistics at_end;
  std::optional<log_problem> problem; ///< the log is cut short or damaged; everything before was played
};

/// A block that the log allocated and has not freed.
struct replayed_block {
  block_handle handle;
  std::int64_t since = 0; ///< nanoseconds since the recording began
};
using replayed_blocks = std::unordered_map<std::uint64_t, replayed_block>; ///< by the number that the log gives it

/// What a visitor sees after an event, and once more at the end, while everything is where the log left it.
struct replay_moment {
  const memory::pool& pool;
  const replayed_blocks& live;
  std::uint64_t events = 0; ///< so far
  std::int64_t time = 0;    ///< of the latest, nanoseconds since the recording began
  bool is_end = false;
};
using replay_visitor = std::function<void(const replay_moment&)>;

/// On the calling thread, events in the order of the log. Throws file_invalid for what is no log. Safe for hostile
/// bytes: time and memory are bounded by their number. Throws internal if the pool's books do not add up in the end.
replay_result replay(std::span<const std::byte> log, const replay_options& options = {},
                     const replay_visitor& visit = {});

/// Reads a log file. Throws file_not_found, file_invalid when it is larger than 4 GiB.
std::vector<std::byte> read_log_file(const std::string& path);

} // namespace dotcompute::memory
