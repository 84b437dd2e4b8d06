// SPDX-License-Identifier: MIT
// How the service learns that no thread of a killed worker runs any more. A process counts as ended only when its
// memory is unmapped, which takes a third of a second for 8 GiB in small pages; its threads stop at once.
#pragma once

#include "support/clock.hpp"

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dotcompute::isolated {

/// Each thread of a worker that may touch device memory holds one of these locks until it ends. They are robust: the
/// kernel marks the lock of a thread that ends, before the memory of its process goes (robust_list in
/// set_robust_list(2); exit_mm() releases them first).
inline constexpr std::size_t most_lives = 4608; // threads of the largest device, and its queues

struct life_signs {
  std::atomic<std::uint32_t> used; ///< places that were ever taken, from the first on
  pthread_mutex_t lives[most_lives];
};

/// In the service, before the worker starts. Throws system_call_failed.
void prepare(life_signs& signs);
/// In the worker, at the start of a thread: it is counted as living from now on. Throws limit_exceeded.
void live(life_signs& signs);
/// In the service: true once none of the threads that ever lived runs; false at the deadline. Changes nothing that this
/// process depends on, whatever the worker wrote there.
bool await_silence(life_signs& signs, time_point deadline) noexcept;

} // namespace dotcompute::isolated
