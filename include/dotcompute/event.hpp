// SPDX-License-Identifier: MIT
// A point on a queue's timeline: complete when the queue's counter has reached it.
#pragma once

#include <dotcompute/error.hpp>
#include <dotcompute/known.hpp>

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace dotcompute {

namespace detail {
class queue_state;
}

enum class event_status : std::uint8_t {
  pending, ///< not complete; it may be running
  complete,
  failed, ///< complete, with an error
};

/// Times of one command in nanoseconds of std::chrono::steady_clock.
struct event_times {
  std::int64_t queued = 0, started = 0, finished = 0;
};

/// The end of one command. A small value; copies are equal. Thread-safe. Waiting lends the thread to the queue: it runs
/// what is due, looks at its deadline between two runs of work-groups, and with less than a second left takes on only
/// what is known to be short (queue_options::lend_waiting_thread turns lending off).
/// Callbacks and coroutines resume on the device's one notification thread, in the order in which their events
/// completed; they may call anything in dotcompute but should not block, since the next one waits for them.
class event {
 public:
  /// Complete, of no queue.
  event() = default;

  event_status status() const;
  bool is_complete() const { return status() != event_status::pending; }

  /// Until complete, for at most open_options::default_wait. Throws the command's error, or deadline_exceeded.
  void wait() const;
  /// False when the time passed first. Throws the command's error.
  bool wait_for(std::chrono::nanoseconds time) const;
  bool wait_until(std::chrono::steady_clock::time_point deadline) const;

  /// Calls `callback` once, on the notification thread, when the event is complete or has failed; also when it is
  /// complete already. What it throws is logged.
  void then(std::function<void(const event&)> callback) const;

  /// The error of a failed command, else nothing.
  std::optional<dotcompute::error> error() const;
  /// Unknown before completion, and when 1,024 later commands of the queue have taken its place.
  known<event_times> times() const;

  /// Its number on the queue's timeline, counted from 1; 0 for an event of no queue.
  std::uint64_t number() const noexcept { return number_; }
  /// Generation of the device that it was made on.
  std::uint64_t generation() const noexcept { return generation_; }

  struct awaiter {
    const event& awaited;
    bool await_ready() const { return awaited.is_complete(); }
    void await_suspend(std::coroutine_handle<> waiting) const {
      awaited.then([waiting](const event&) { waiting.resume(); });
    }
    /// Throws the command's error.
    void await_resume() const {
      if (auto e = awaited.error()) throw *e;
    }
  };
  awaiter operator co_await() const& { return {*this}; }

  event(std::shared_ptr<detail::queue_state> queue, std::uint64_t number, std::uint64_t generation)
      : queue_(std::move(queue)), number_(number), generation_(generation) {}
  const std::shared_ptr<detail::queue_state>& queue() const noexcept { return queue_; }

 private:
  std::shared_ptr<detail::queue_state> queue_;
  std::uint64_t number_ = 0, generation_ = 0;
};

} // namespace dotcompute
