// SPDX-License-Identifier: MIT
// dotcompute memory replay.
#pragma once

#include "session.hpp"

#include <cstdint>
#include <string>

namespace dotcompute::tool {

struct replay_settings {
  std::uint64_t capacity = 0; ///< bytes; 0: as replay() chooses
  bool caches = true;
  unsigned repeat = 1;
  bool was_given = false; ///< one of the options was on the command line
};

/// Plays the log, checks the pool, prints, and draws `map` unless it is empty. Throws failure(input) for a log that is
/// missing, damaged or cut short; of the last, what could be read was played and printed before.
void replay_log(const std::string& log, const std::string& map, const replay_settings& r, session& s);

} // namespace dotcompute::tool
