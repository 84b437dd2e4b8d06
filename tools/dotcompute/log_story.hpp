// SPDX-License-Identifier: MIT
// What a recorded log of allocations says by itself, by adding up: nothing is allocated for it.
#pragma once

#include "memory/allocation_log.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dotcompute::tool {

struct log_story {
  std::uint64_t events = 0, allocations = 0, frees = 0;
  std::uint64_t wrong_frees = 0;                             ///< of what was freed before
  std::array<std::uint64_t, allocation_failures> failures{}; ///< when it was recorded
  std::uint64_t live_bytes = 0, live_blocks = 0;             ///< requested and not freed at the end
  std::uint64_t peak_bytes = 0;                              ///< most live_bytes
  std::uint64_t peak_event = 0;                              ///< how many events had happened then
  std::int64_t first_time = 0, peak_time = 0, last_time = 0; ///< nanoseconds since the recording began
  /// The most live bytes within each stretch of `stretch` nanoseconds from the start on; at most 512.
  std::vector<std::uint64_t> course;
  std::int64_t stretch = 1000;
  std::optional<memory::log_problem> problem;
};

/// Throws file_invalid for what is no log. Safe for hostile bytes.
log_story read_story(std::span<const std::byte> log);

} // namespace dotcompute::tool
