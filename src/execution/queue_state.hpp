// SPDX-License-Identifier: MIT
// A queue: commands in order, and the timeline that they advance. Who runs them is the business of its two kinds.
#pragma once

#include "execution/command_list.hpp"
#include "execution/command_report.hpp"
#include "execution/device_state.hpp"
#include "execution/lease_state.hpp"
#include "execution/timeline.hpp"
#include "memory/progress_source.hpp"
#include "support/short_mutex.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace dotcompute::detail {

struct queue_description {
  std::string name;
  bool lends = true; ///< waiting threads run what is due
  drivers::stream_options stream;
  std::chrono::nanoseconds time_limit{}; ///< of one command, on an isolated device; zero: none
};

/// Thread-safe.
class queue_state : public memory::progress_source, public std::enable_shared_from_this<queue_state> {
 public:
  queue_state(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held, const queue_description& d);
  ~queue_state() override;

  /// For allocate() and submit(), held from the one to the other.
  std::unique_lock<short_mutex> lock() { return std::unique_lock(guard_); }
  /// A command to fill in and submit() or discard(); reused ones first. Under the lock.
  execution::command* allocate() { return spare_.empty() ? new execution::command : spare_.pop_front(); }
  /// Not under the lock.
  void discard(execution::command* c) noexcept;
  /// Stores it; its number on the timeline. Lets go of the lock, and of `c`, which is null afterwards. Throws
  /// device_lost, lease_revoked; then `c` is still the caller's.
  virtual std::uint64_t submit(std::unique_lock<short_mutex>& lock, execution::command*& c) = 0;

  virtual std::uint64_t submitted() const noexcept = 0;
  std::uint64_t completed() const noexcept override { return line.completed(); }
  /// Looks whether more is complete than is known. Never blocks.
  virtual void observe() noexcept {}
  /// Makes `call` once `number` is reached: on the thread that completes it, or at once on this one.
  virtual void when_reached(std::uint64_t number, std::function<void()> call) {
    line.when_reached(number, std::move(call));
  }
  /// False when the deadline passed first. Runs what is due meanwhile, if this queue's waiters lend their threads.
  bool wait(std::uint64_t number, time_point deadline) override = 0;
  /// For a waiting thread: runs what is due up to `number`. False when there was nothing for it to do.
  virtual bool help(std::uint64_t number, time_point deadline, unsigned depth) = 0;

  /// The first error since the last call, which it forgets; commands run again after it.
  std::optional<error> take_first_error();

  /// What the device's memory pool knows this queue by.
  memory::queue_id memory_queue();

  /// The last handle is gone: the queue lives until what is stored is done.
  virtual void orphan() = 0;

  // For the revocation of its lease, one at a time, which has stopped submissions.
  /// The last command that there can be before the lease is active again.
  std::uint64_t last_submitted();
  /// No command begins until release().
  virtual void hold() = 0;
  /// Nothing that has begun still runs, and the queue is held.
  virtual bool is_at_rest() noexcept = 0;
  virtual void release() = 0;
  /// What has not begun fails with `reason`; the queue stays as it is, with nothing to do. False, and nothing changed,
  /// when it is not at rest.
  virtual bool abandon(const error& reason, execution::abandoned_commands& told) = 0;

  const std::shared_ptr<device_state> device;
  const std::shared_ptr<lease_state> lease; ///< null: of none
  const std::string name;
  execution::timeline line;

 protected:
  /// Why a command is not run: an earlier one failed. Nothing when none did.
  std::optional<error> reason_to_skip();
  bool is_skipping() const noexcept { return !goes_on_ && failing_.load(std::memory_order_relaxed); }
  /// It reads a guarded buffer that was changed.
  std::optional<error> changed_content(const execution::command& c) const;
  /// Before a command is run, and once that is over; what it writes is not at rest in between. Only the first of
  /// several calls counts.
  static void begin_writing(execution::command& c) noexcept;
  static void end_writing(execution::command& c) noexcept;
  /// Under no lock. Later commands are skipped until take_first_error().
  void note_failure(const error& e);
  /// With the guard held, so that whoever stopped submissions and then takes it has seen the last. Throws
  /// lease_revoked, without the guard.
  void require_lease(std::unique_lock<short_mutex>& lock) {
    if (lease && !lease->is_active()) refuse_submission(lock);
  }

  const bool lends_;
  const bool goes_on_; ///< after failures
  short_mutex guard_;  ///< of all below
  execution::command_list spare_;
  std::atomic<bool> is_held_{false}; ///< no command begins; written under the guard

 private:
  [[noreturn]] void refuse_submission(std::unique_lock<short_mutex>& lock);

  memory::queue_id memory_queue_ = memory::no_queue; ///< none until it is first asked for
  std::mutex failure_guard_;                         ///< of first_error_; taken last
  std::optional<error> first_error_;
  std::atomic<bool> failing_{false}; ///< there is a first error
};

/// A queue that suits the device's driver. Throws out_of_handles, device_lost, lease_revoked.
std::shared_ptr<queue_state> make_queue(const std::shared_ptr<device_state>& device,
                                        const std::shared_ptr<lease_state>& lease, queue_description d);

} // namespace dotcompute::detail
