// SPDX-License-Identifier: MIT
// The magazines of the calling thread, of whatever pools.
#pragma once

#include "memory/magazine.hpp"

#include <cstdint>
#include <memory>

namespace dotcompute::memory {

class pool_core;

/// The magazine that this thread used last. Plain data, so that reading it runs no initialisation.
struct last_magazine {
  std::uint64_t pool_serial = 0; ///< 0: none
  std::uint32_t queue = 0;
  magazine* found = nullptr;
};
extern constinit thread_local last_magazine last_used;

/// Names the calling thread among the living ones.
inline const void* this_thread_token() noexcept {
  return &last_used;
}

/// This thread's magazine for the pool and queue, or null: then `add` may be called, unless the thread is ending.
magazine* find_magazine(std::uint64_t pool_serial, queue_id queue) noexcept;
bool may_have_magazines() noexcept;
/// From now on this thread's; goes back to the pool when the thread ends, if the pool is still there.
/// Throws std::bad_alloc.
void add_magazine(const std::shared_ptr<pool_core>& pool, queue_id queue, magazine& m);

} // namespace dotcompute::memory
