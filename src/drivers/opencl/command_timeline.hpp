// SPDX-License-Identifier: MIT
// How far a queue of the device is: an event for every command, asked in order.
#pragma once

#include "drivers/opencl/opencl_context.hpp"

#include <dotcompute/event.hpp>
#include <dotcompute/known.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace dotcompute::opencl {

/// Every command has an event, so that one that failed is known by its number: OpenCL does not promise that later
/// commands of the queue fail as well. One thread at a time adds and signals; the others are for any thread.
class command_timeline {
 public:
  command_timeline(std::shared_ptr<opencl_context> context, bool records_times);
  /// Gives the events back. What is not done is left to the driver.
  ~command_timeline();
  command_timeline(const command_timeline&) = delete;
  command_timeline& operator=(const command_timeline&) = delete;

  /// Takes the event of a command that was put into the queue at `queued`, host time in nanoseconds.
  void add(std::uint64_t number, event_handle event, std::int64_t queued);
  /// The same for a part of a command, of which more comes behind.
  void add_part(std::uint64_t number, event_handle event, std::int64_t queued);
  /// The same for something that has no number of its own but holds up what comes after it.
  void add_barrier(event_handle event) { add(last_ + 1, event, 0); }

  /// reached() becomes `number` or more once all that was added is done.
  void signal(std::uint64_t number);
  std::uint64_t reached() const noexcept;
  /// Nothing that was added is under way.
  bool is_idle() const noexcept;
  /// What `waiter` is given from now on starts once `number`, signalled before, was reached: adds that to the waiter's
  /// own timeline.
  void let_wait(queue_handle waiter, command_timeline& line, std::uint64_t number) const;

  bool has_refusals() const noexcept;
  /// Why the command of this number, or something just before it, did not do its work, if so.
  std::optional<error> take_refusal(std::uint64_t number) noexcept;
  /// Of the latest 1,024 commands.
  known<event_times> times(std::uint64_t number) const noexcept;

 private:
  struct pending_command {
    std::uint64_t number;  ///< reached when it is done
    std::uint64_t command; ///< its own
    event_handle event;
    std::int64_t queued;
  };

  // Under the guard.
  void look() const noexcept;
  void note_failure(const pending_command& c, result r) const noexcept;
  void record_times(const pending_command& c) const noexcept;

  const std::shared_ptr<opencl_context> context_;
  std::uint64_t last_ = 0; ///< the largest number that was added or signalled
  mutable std::mutex guard_;
  mutable std::deque<pending_command> pending_;
  mutable std::uint64_t reached_ = 0;
  mutable std::deque<std::pair<std::uint64_t, error>> refused_; ///< in order
  mutable std::vector<std::pair<std::uint64_t, event_times>> times_;
};

} // namespace dotcompute::opencl
