// SPDX-License-Identifier: MIT
// Where everything lay at moments of a recorded log: played on a pool without a device, with the ages of the recording.
#pragma once

#include "log_story.hpp"

#include <dotcompute/memory_statistics.hpp>
#include <string>

namespace dotcompute::memory {
struct replay_options;
}

namespace dotcompute::tool {

struct log_moment {
  std::string name;             ///< "peak"
  std::uint64_t event = 0;      ///< taken after so many events
  std::int64_t time = 0;        ///< of the last of them, nanoseconds since the recording began
  memory_map map;               ///< ages as when it was recorded
  memory_statistics statistics; ///< with tags
};

/// The pool's book-keeping is checked at each moment and at the end: throws internal when it contradicts itself.
std::vector<log_moment> play_to_moments(std::span<const std::byte> log, const log_story& story,
                                        const memory::replay_options& options);

} // namespace dotcompute::tool
