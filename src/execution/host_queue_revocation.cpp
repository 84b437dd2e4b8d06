// SPDX-License-Identifier: MIT
// What a queue of the host's threads does while its lease is revoked.
#include "execution/host_queue.hpp"

namespace dotcompute::detail {

void host_queue::hold() {
  const std::lock_guard lock(guard_);
  is_held_ = true;
}

bool host_queue::is_at_rest() noexcept {
  const std::lock_guard lock(guard_);
  return state_.load(std::memory_order_relaxed) != activity::running;
}

void host_queue::release() {
  {
    const std::lock_guard lock(guard_);
    is_held_ = false;
    if (stored_.empty() || state_.load(std::memory_order_relaxed) != activity::rest) return;
  }
  host_.start(self());
}

bool host_queue::abandon(const error& reason, execution::abandoned_commands& told) {
  execution::command_list ended;
  std::shared_ptr<host_queue> last; // may be the last handle, so it goes after everything else
  {
    const std::lock_guard lock(guard_);
    if (state_.load(std::memory_order_relaxed) == activity::running) return false;
    // A queue that is blocked stays so until its event comes, and then finds nothing.
    std::swap(ended, stored_);
    last = std::move(self_);
  }
  // It is held and nothing is stored any more, so no other thread completes commands.
  while (!ended.empty()) {
    execution::command* const c = ended.pop_front();
    told.add(*c, name);
    c->started = now_nanoseconds();
    complete(c, c->started, reason);
    const std::lock_guard lock(guard_);
    spare_.push_front(c);
  }
  return true;
}

} // namespace dotcompute::detail
