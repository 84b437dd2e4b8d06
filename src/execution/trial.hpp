// SPDX-License-Identifier: MIT
// Commands of which one brought a worker down, run again one at a time until the fault shows whose it is.
#pragma once

#include <dotcompute/recovery.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace dotcompute::detail {
class stream_queue;
}

namespace dotcompute::execution {

/// Of the supervisor's thread. Whatever happens meanwhile, each suspect is either done, failed, or handed back to its
/// queue when the trial ends: a trial owns no command.
struct trial {
  struct suspect {
    std::weak_ptr<detail::stream_queue> queue;
    std::uint64_t last = 0; ///< the queue's commands up to this one
  };
  std::deque<suspect> suspects;     ///< still to be tried, the first of them now
  std::uint64_t generation = 0;     ///< of the recovery whose culprit is looked for
  bool holds_all = false;           ///< other queues run nothing meanwhile, since the fault would be theirs as well
  std::uint32_t culprits = 0;       ///< found so far
  std::chrono::nanoseconds spent{}; ///< on running them; recoveries in between are not counted

  /// The queue runs nothing but its suspects, in their turn.
  bool holds(const detail::stream_queue& queue) const;
};

} // namespace dotcompute::execution
