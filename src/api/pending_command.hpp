// SPDX-License-Identifier: MIT
// Commands on their way into a queue.
#pragma once

#include "execution/memory_object.hpp"
#include "execution/queue_state.hpp"

#include <dotcompute/queue.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace dotcompute::api {

/// A command that goes back to its queue unless it was submitted. The queue is locked meanwhile: filling a command in
/// takes less time than letting go of the lock and taking it again.
class pending_command {
 public:
  explicit pending_command(detail::queue_state& q) : queue_(q), lock_(q.lock()), command_(q.allocate()) {}
  ~pending_command() {
    if (lock_) lock_.unlock();
    if (command_) queue_.discard(command_);
  }
  pending_command(const pending_command&) = delete;
  pending_command& operator=(const pending_command&) = delete;

  execution::command* operator->() const { return command_; }
  event submit() {
    auto queue = queue_.shared_from_this();
    const std::uint64_t number = queue_.submit(lock_, command_);
    return event(std::move(queue), number, queue_.device->generation());
  }

 private:
  detail::queue_state& queue_;
  std::unique_lock<short_mutex> lock_;
  execution::command* command_;
};

/// How a command uses a buffer that it writes `bytes` of. All of it: then it says what is in it.
execution::buffer_use write_of(const untyped_buffer& b, std::size_t bytes);

/// Buffers of a copy, which it keeps: null for host memory.
struct copied_buffers {
  const untyped_buffer* read = nullptr;
  const untyped_buffer* written = nullptr;
  const untyped_buffer* host = nullptr; ///< kept, and neither read nor written as far as the device's memory goes
};
event submit_copy(detail::queue_state& q, void* to, const void* from, std::size_t bytes, const copied_buffers& buffers);

/// Between buffers of the same size, of which one is the queue's device's and one another device's. Throws device_lost,
/// and what allocating host-shared memory and making a queue throw.
event copy_across(const queue& q, const untyped_buffer& from, const untyped_buffer& to);

} // namespace dotcompute::api
