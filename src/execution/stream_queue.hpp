// SPDX-License-Identifier: MIT
// A queue whose commands run in a stream of the device.
#pragma once

#include "execution/kept_subjects.hpp"
#include "execution/queue_state.hpp"

#include "drivers/stream.hpp"

#include <deque>
#include <utility>

namespace dotcompute::detail {

/// A command goes through three places: `stored_` while something before it needs the host, `under_way_` once it was
/// handed to the device, and back to the spares when the device has reached it. Handing over costs no signal; one is
/// asked for when somebody waits, and every now and then.
class stream_queue final : public queue_state, public execution::watched_stream {
 public:
  stream_queue(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held, const queue_description& d);
  ~stream_queue() override;

  std::uint64_t submit(std::unique_lock<short_mutex>& lock, execution::command*& c) override;
  std::uint64_t submitted() const noexcept override { return submitted_.load(std::memory_order_acquire); }
  void observe() noexcept override;
  void when_reached(std::uint64_t number, std::function<void()> call) override;
  bool wait(std::uint64_t number, time_point deadline) override;
  bool help(std::uint64_t number, time_point deadline, unsigned depth) override;
  void orphan() override;
  void hold() override;
  bool is_at_rest() noexcept override;
  void release() override;
  bool abandon(const error& reason, execution::abandoned_commands& told) override;
  execution::attention look() noexcept override;

  // For the supervisor of an isolated device.
  drivers::stream& stream() noexcept { return *stream_; }
  /// Hands nothing over until resume(). Returns when no transfer runs any more.
  void suspend();
  /// Of the commands that were handed over and are not done: what is to become of them. In order.
  struct interrupted {
    execution::command* first = nullptr;  ///< linked; null when there is none
    std::uint64_t begun = 0;              ///< up to this number they may have run in part
    execution::command* stored = nullptr; ///< those behind them, not handed over yet: linked up to `last`
    std::uint64_t last = 0;
  };
  interrupted inspect();
  static constexpr std::uint64_t everything = ~std::uint64_t{0};
  /// What `verdicts` names fails with its error; the others are handed over again as far as `allowed`
  /// says.
  void resume(std::deque<std::pair<std::uint64_t, error>> verdicts, std::uint64_t allowed = everything);
  /// Work up to this number may be handed over from now on. What fails without the device is not held up.
  void allow(std::uint64_t number);
  /// Hands over one command after another, each once that before it is done. True when `last` is; false at `until`.
  bool run_singly(std::uint64_t last, time_point until);
  /// Since when the first command that is not done runs, and its number; 0 when none does.
  std::uint64_t running(std::int64_t& since) const noexcept;
  /// The limit that the command which runs has passed; zero: none.
  std::chrono::nanoseconds overrun_limit(std::int64_t now) noexcept;

 private:
  static constexpr std::uint64_t signal_interval = 128; ///< commands, while nobody waits

  /// Who may call the stream, beside being under the guard: nobody while a transfer runs outside of it.
  enum class stage : std::uint8_t { free, transferring, blocked };

  std::shared_ptr<stream_queue> self() { return std::static_pointer_cast<stream_queue>(shared_from_this()); }

  // All with the guard held.
  bool has_room() const noexcept;
  /// A buffer that it uses and that is yet to be compared with its checksum; null: it need not wait.
  const memory_object* unverified(const execution::command& c) const noexcept;
  /// It must stay stored until more is allowed.
  bool is_barred(const execution::command& c);
  /// False when it must stay stored: the host has to do something first.
  bool hand_over(execution::command& c);
  std::optional<error> refusal_of(const execution::command& c) const;
  /// A buffer whose memory is gone, or was changed where it should not have been.
  std::optional<error> unusable_buffer(const execution::command& c) const;
  void signal() noexcept;
  void refuse(std::uint64_t number, const error& e);
  void refuse_unrun(const execution::command& c, const error& e);
  /// Refuses the command or, when the device is gone, all.
  void fail(std::uint64_t number, const error& e);
  void lose(const error& e) noexcept;

  /// Carries out the copy that is stored first; false when `deadline` passed before it was done.
  bool transfer(std::unique_lock<short_mutex>& lock, time_point deadline);
  void call_carrier(std::unique_lock<short_mutex>& lock);

  // Without the guard.
  /// Hands over what is stored as far as that goes; true when nothing is left. `carries`: makes transfers on this
  /// thread, until `deadline`; else the transfer thread is asked to.
  bool pump(time_point deadline, bool carries);
  /// For the wait that is stored first: true when it was passed on to the device, false when this queue is blocked.
  bool pass_wait(const event& awaited);
  /// The wait with this number, if it is still what is stored first, is over.
  void unblock(std::uint64_t number);
  bool has_verdict(const execution::command& c) const noexcept {
    return !verdicts_.empty() && verdicts_.front().first == c.number;
  }
  void carry();
  /// Has the device say when it comes to `number`, as far as it was handed over.
  void ask(std::uint64_t number) noexcept;
  /// True when streams of the same driver can wait for `number`: the device will say when it comes there.
  bool prepare_wait(std::uint64_t number);
  /// The device may have come further than the timeline.
  bool is_behind() const noexcept;
  /// Completes what the device has reached. One thread at a time; others return at once.
  void retire() noexcept;
  /// Why this command, which is done, did not do what it should; asked once for each, in order. With the guard held.
  std::optional<error> take_failure(std::uint64_t number, std::uint64_t reached);
  void check() noexcept;

  std::unique_ptr<drivers::stream> stream_;
  const bool records_times_;
  const std::chrono::nanoseconds time_limit_; ///< of commands that have none of their own; zero: for ever
  std::atomic<std::uint64_t> submitted_{0};
  std::atomic<std::uint64_t> awaited_{0};   ///< a call waits for this number or less
  std::atomic<std::uint64_t> signalled_{0}; ///< reached() will come to this number; written under the guard
  std::atomic<bool> retiring_{false};
  std::atomic<bool> is_interrupted_{false}; ///< a transfer is to end

  // Under the guard.
  execution::command_list stored_, under_way_;
  execution::kept_subjects subjects_; ///< of both
  stage stage_ = stage::free;
  bool carrier_called_ = false;                         ///< the transfer thread was asked to go on
  std::uint64_t handed_over_ = 0;                       ///< all up to this number were
  std::uint64_t allowed_ = everything;                  ///< no work beyond this number is
  std::uint64_t last_on_device_ = 0;                    ///< the last that the device was given
  std::deque<std::pair<std::uint64_t, error>> refused_; ///< in order; not yet retired
  bool is_suspended_ = false;
  std::deque<std::pair<std::uint64_t, error>> verdicts_; ///< of commands that are stored again, in order
  bool is_lost_ = false; ///< nothing more is handed over, and what was and is not reached never will be
  std::shared_ptr<stream_queue> self_;

  // Of the watching thread.
  time_point last_check_{};
  std::uint64_t seen_ = 0; ///< submitted() when it looked last
};

} // namespace dotcompute::detail
