// SPDX-License-Identifier: MIT
// A queue whose commands run on the host's threads.
#pragma once

#include "execution/queue_state.hpp"

namespace dotcompute::detail {

/// At most one thread runs a queue at a time: the one that found it at rest and marked it `running`, or the thread that
/// finishes a launch which several threads share, which takes the mark over. Any thread may be that one: a thread of
/// the driver, or a thread that waits for one of the queue's events.
class host_queue final : public queue_state, public drivers::background_work {
 public:
  host_queue(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held, const queue_description& d);
  ~host_queue() override;

  std::uint64_t submit(std::unique_lock<short_mutex>& lock, execution::command*& c) override;
  std::uint64_t submitted() const noexcept override { return submitted_.load(std::memory_order_seq_cst); }
  std::uint64_t completed() const noexcept override { return line.completed(); }
  std::int64_t last_submission() const noexcept override { return last_submission_.load(std::memory_order_relaxed); }
  bool is_taken_care_of() const noexcept override { return state_.load(std::memory_order_relaxed) != activity::rest; }
  void run() noexcept override;
  bool wait(std::uint64_t number, time_point deadline) override;
  bool help(std::uint64_t number, time_point deadline, unsigned depth) override;
  void orphan() override;
  void hold() override;
  bool is_at_rest() noexcept override;
  void release() override;
  bool abandon(const error& reason, execution::abandoned_commands& told) override;

 private:
  /// `blocked`: the first command waits for an event, whose completion puts the queue to rest and gives notice.
  enum class activity : std::uint8_t { rest, running, blocked };

  struct lending {
    std::uint64_t up_to = ~std::uint64_t{0}; ///< run no command beyond
    time_point leave_by = time_point::max();
    bool is_lent = false;
  };

  std::shared_ptr<host_queue> self() { return std::static_pointer_cast<host_queue>(shared_from_this()); }
  bool assist(time_point deadline);
  bool may_run(const execution::command& c, time_point deadline) const;
  void advance(execution::command* c, const lending& how);
  /// The next command of a running queue, or null: then the queue is no longer this thread's.
  execution::command* next(execution::command* done, const lending& how);
  /// Under the guard: hands back what was taken over, for the next thread that runs the queue.
  void come_to(activity a) noexcept;
  /// True when the wait is over; else the queue is blocked and no longer this thread's.
  bool pass_wait(execution::command* c);
  void unblock();
  void complete(execution::command* c, std::int64_t finished, const std::optional<error>& failure);
  static void on_finished(void* context, std::int64_t finished, bool succeeded);

  drivers::host_executor& host_;
  std::atomic<std::uint64_t> submitted_{0};
  std::atomic<std::int64_t> last_submission_{0};

  // Under the guard.
  execution::command_list stored_;              ///< in order; what the running thread took over comes before
  std::atomic<activity> state_{activity::rest}; ///< written under the guard
  event blocked_by_;
  std::shared_ptr<host_queue> self_;

  // Of the thread that runs the queue. It takes over all that is stored at once, so that it and those who store meet at
  // the guard seldom.
  execution::command* running_ = nullptr;
  execution::command_list due_, done_;
};

} // namespace dotcompute::detail
