// SPDX-License-Identifier: MIT
// A queue: stored commands, who runs them, and the timeline that they advance.
#pragma once

#include "drivers/driver.hpp"
#include "execution/command_list.hpp"
#include "execution/device_state.hpp"
#include "execution/timeline.hpp"
#include "memory/progress_source.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::detail {

/// At most one thread runs a queue at a time: the one that found it at rest and marked it `running`, or the thread that
/// finishes a launch which several threads share, which takes the mark over. Any thread may be that one: a thread of
/// the driver, or a thread that waits for one of the queue's events.
class queue_state final : public drivers::background_work,
                          public memory::progress_source,
                          public std::enable_shared_from_this<queue_state> {
 public:
  queue_state(std::shared_ptr<device_state> owner, std::string queue_name, bool lends);
  ~queue_state() override;

  /// A command to fill in and submit() or discard(); reused ones first.
  execution::command* allocate();
  void discard(execution::command* c) noexcept;
  /// Stores it; its number on the timeline. Throws stale_handle when the device was replaced.
  std::uint64_t submit(execution::command* c);

  std::uint64_t submitted() const noexcept override { return submitted_.load(std::memory_order_seq_cst); }
  std::int64_t last_submission() const noexcept override { return last_submission_.load(std::memory_order_relaxed); }
  std::uint64_t completed() const noexcept override { return line.completed(); }
  bool is_taken_care_of() const noexcept override { return state_.load(std::memory_order_relaxed) != activity::rest; }
  void run() noexcept override;

  ///  /// False when the deadline passed first. Runs what is due meanwhile, if this queue's waiters lend their threads.
  bool wait(std::uint64_t number, time_point deadline) override;

  /// The first error since the last call, which it forgets; commands run again after it.
  std::optional<error> take_first_error();

  /// What the device's memory pool knows this queue by.
  memory::queue_id memory_queue();

  /// The last handle is gone: the queue lives until what is stored is done.
  void orphan();

  const std::shared_ptr<device_state> device;
  const std::string name;
  execution::timeline line;

 private:
  /// `blocked`: the first command waits for an event, whose completion puts the queue to rest and gives notice.
  enum class activity : std::uint8_t { rest, running, blocked };

  struct lending {
    std::uint64_t up_to = ~std::uint64_t{0}; ///< run no command beyond
    time_point leave_by = time_point::max();
    bool is_lent = false;
  };

  memory::queue_id memory_queue_ = memory::no_queue; ///< under the guard; none until it is first asked for

  bool help(std::uint64_t number, time_point deadline, unsigned depth);
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

  const bool lends_;
  std::atomic<std::uint64_t> submitted_{0};
  std::atomic<std::int64_t> last_submission_{0};

  std::mutex guard_;               ///< of all below but running_
  execution::command_list stored_; ///< in order; what the running thread took over comes before
  execution::command_list spare_;
  std::atomic<activity> state_{activity::rest}; ///< written under the guard
  event blocked_by_;
  std::shared_ptr<queue_state> self_;
  std::optional<error> first_error_;
  std::atomic<bool> failing_{false}; ///< there is a first error

  // Of the thread that runs the queue. It takes over all that is stored at once, so that it and those who store meet at
  // the guard seldom.
  execution::command* running_ = nullptr;
  execution::command_list due_, done_;
};

} // namespace dotcompute::detail
