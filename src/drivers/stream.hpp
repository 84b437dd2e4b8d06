// SPDX-License-Identifier: MIT
// Commands that a device runs in order by itself, once they were handed over.
#pragma once

#include "drivers/command.hpp"
#include "support/clock.hpp"
#include "support/futex.hpp"

#include <dotcompute/error.hpp>
#include <dotcompute/event.hpp>
#include <dotcompute/known.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace dotcompute::drivers {

struct stream_options {
  int priority = 0;           ///< lower runs first, as CUDA counts; clamped to what the device has
  bool records_times = false; ///< the device writes down when each command started and finished
  bool goes_on = false;       ///< commands behind one that failed run all the same
};

/// After such an error of a stream, nothing that was handed over and had not been reached will ever be.
inline bool is_gone(const error& e) noexcept {
  return e.kind() == error_class::device_lost || e.kind() == error_class::fatal;
}

/// One thread at a time calls what is not const; reached() and times() are for any. Numbers are those of the queue's
/// timeline: they grow from call to call, and not every number is handed over.
///
/// Functions that throw throw dotcompute::error. Unless is_gone(), this one command was refused and the stream goes on.
class stream {
 public:
  virtual ~stream() = default;

  /// Hands a command over, behind all before. Arguments are read before it returns.
  virtual void submit(std::uint64_t number, const launch_command& c) = 0;
  virtual void submit(std::uint64_t number, const fill_command& c) = 0;
  /// False: the device cannot reach the host's side of it by itself, so transfer() must.
  virtual bool submit(std::uint64_t number, const copy_command& c) = 0;

  /// Once all that was submitted is done, copies through memory that both sides reach, and returns when it is done.
  /// Polls `abandoned` at least every few milliseconds; returns false when that said true, with some of it copied.
  virtual bool transfer(const copy_command& c, const std::function<bool()>& abandoned) = 0;

  /// What is submitted from now on starts when `other`, a stream of the same driver, has reached `number`, which it was
  /// asked to signal before. False: the device cannot do that, so the host must wait.
  virtual bool wait_for(const stream& other, std::uint64_t number) = 0;

  /// reached() becomes `number` or more once all that was submitted so far is done.
  virtual void signal(std::uint64_t number) = 0;
  /// The largest number reached. Reads memory only, unless the device cannot write a counter there: then asks it.
  virtual std::uint64_t reached() const noexcept = 0;

  /// Between two looks of a thread that waits for reached() and does not sleep.
  virtual void pause() const noexcept { spin_pause(); }

  /// False: a submit() would have to wait for what was submitted before.
  virtual bool has_room() const noexcept { return true; }
  /// Sleeps until reached() may have come to `number`, which was signalled, or `until`; may return early. False: it can
  /// only be polled.
  virtual bool sleep(std::uint64_t /*number*/, time_point /*until*/) const noexcept { return false; }
  /// take_refusal() may have something to say of a number that was reached.
  virtual bool has_refusals() const noexcept { return false; }
  /// Why this command, which was submitted and reached, was not run, if so; asked for each in order, by one thread
  /// while no other submits.
  virtual std::optional<error> take_refusal(std::uint64_t /*number*/) noexcept { return {}; }

  /// Asks the device whether it still answers; throws when it does not. Costs a driver call.
  virtual void check() = 0;

  /// Hands on what kernels printed. To be called once more when a command that prints was reached, before that is told
  /// to anybody. Any thread; cheap when there is nothing, and returns at once when another thread is at it.
  virtual void collect() noexcept {}

  /// Of a command whose number was reached; unknown unless the stream records times, and for old ones.
  /// `queued` is not filled in.
  virtual known<event_times> times(std::uint64_t number) const noexcept = 0;
};

} // namespace dotcompute::drivers
