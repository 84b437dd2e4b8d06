// SPDX-License-Identifier: MIT
// Watches over the worker process of a device, and brings in another when it fails.
#pragma once

#include "drivers/command.hpp"
#include "execution/crash_loop.hpp"
#include "execution/trial.hpp"
#include "isolation/isolated_driver.hpp"
#include "support/clock.hpp"
#include "support/file_descriptor.hpp"

#include <dotcompute/recovery.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace dotcompute::detail {
class device_state;
class lease_state;
class memory_object;
class stream_queue;
} // namespace dotcompute::detail

namespace dotcompute::execution {

struct supervision {
  std::chrono::nanoseconds grace = std::chrono::milliseconds(2); ///< for other queues' commands that run at a fault
  std::chrono::nanoseconds replacing_time = std::chrono::seconds(30);
  std::chrono::nanoseconds trial_time = std::chrono::seconds(5); ///< for suspects that run again one at a time
  /// Makes and loads the program that canaries run, or nothing when there is no compiler; called on the supervisor's
  /// thread.
  std::function<std::shared_ptr<const drivers::loaded_program>()> make_canary;
};

/// A replacement of a worker that is well.
struct replacement_request {
  bool abandons_work = false; ///< else what is in flight is run again or interrupted, as in a recovery
  bool discards_memory = false, discards_programs = false;
  bool uses_spare = true;
  time_point deadline; ///< for it to begin
  /// A lease that is being revoked: commands of its queues, which are held, are neither judged nor run again.
  const detail::lease_state* ending = nullptr;
};

/// Thread-safe.
class supervisor {
 public:
  supervisor(detail::device_state& device, isolated::isolated_driver& driver, supervision options);
  /// Ends the thread.
  ~supervisor();
  supervisor(const supervisor&) = delete;
  supervisor& operator=(const supervisor&) = delete;

  /// Throws out_of_threads.
  void start();
  /// Adds the queue to the device's before its first command, after a recovery that is under way, which does not know
  /// it. Not on the supervisor's thread.
  void look_after(const std::shared_ptr<detail::stream_queue>& queue);

  /// Commands have time limits from now on.
  void look_at_limits() noexcept {
    if (!has_limits_.load(std::memory_order_relaxed)) has_limits_.store(true, std::memory_order_relaxed);
  }

  /// A worker has done what it was told to.
  void note_use() noexcept {
    if (!was_of_use_.load(std::memory_order_relaxed)) was_of_use_.store(true, std::memory_order_relaxed);
  }

  /// One after another, if several threads ask. Throws deadline_exceeded when the supervisor did not come to it, with
  /// nothing changed; device_lost.
  recovery_report replace(const replacement_request& request);
  /// A worker is being replaced.
  bool is_recovering() const;

  /// The latest, oldest first; at most 256 are kept.
  std::vector<recovery_report> reports() const;
  std::uint64_t recoveries() const noexcept { return count_.load(std::memory_order_acquire); }
  /// False when there were not so many until the deadline.
  bool await_recoveries(std::uint64_t count, time_point deadline) const;

 private:
  struct finding {
    recovery_cause cause;
    std::uint64_t queue = 0; ///< id of the stream; 0: not known
    std::string symptom;
    std::optional<error> driver_error;
    time_point since;
  };

  void serve();
  /// Given back on the notification thread: with the last handle of a queue the device may close, which ends the
  /// supervisor's thread, and no thread can wait for itself.
  struct borrowed_queues {
    detail::device_state* device;
    std::vector<std::shared_ptr<detail::stream_queue>> queues;
    ~borrowed_queues();
  };
  borrowed_queues borrow();
  std::optional<finding> look();
  /// One that is asked for, by who waits for it.
  struct asked_replacement {
    replacement_request request;
    std::promise<recovery_report> answer;
    bool has_begun = false; ///< under guard_
  };
  recovery_report recover(const finding& f, const replacement_request* asked);
  using suspect_set = std::set<detail::memory_object*>;
  struct stopped_queue;
  /// What becomes of the commands of a queue whose worker ended.
  struct judgement {
    std::deque<std::pair<std::uint64_t, error>> verdicts;
    std::uint64_t on_trial_until = 0; ///< what it had begun up to here runs again one at a time; 0: nothing does
  };
  judgement judge(const stopped_queue& q, const finding& f, bool abandons, recovery_report& report,
                  suspect_set& suspects) const;
  /// Those whose command may have brought the worker down, and how many such commands there are.
  void find_suspects(std::vector<stopped_queue>& all, const finding& f, recovery_report& report) const;
  void begin_trial(trial next);
  /// Runs suspects for a short while; releases all queues when there is nothing more to find out.
  void advance_trial();
  void end_trial(culprit_search result);
  /// What commands of a lease that is being revoked could write.
  static void suspect_of(const stopped_queue& q, suspect_set& suspects);
  isolated::device_work left_on_device(const finding& f) const;
  void discard(const replacement_request& request, recovery_report& report);
  /// Waits longer and longer before the next of workers that do nothing. Throws device_lost when it is no use.
  void slow_down(const recovery_report& report, bool is_asked);
  /// Throws what makes the device useless.
  void bring_in_and_prove(recovery_report& report, time_point since, time_point deadline, bool uses_spare);
  /// The first replacement that is asked for and whose time has not passed.
  std::shared_ptr<asked_replacement> begin_asked();
  /// Whoever asks.
  void answer_with(const std::exception_ptr& reason) noexcept;
  void set_recovering(bool is_recovering) noexcept;
  /// Unknown when there is none; throws when it fails.
  known<bool> run_canary();
  void prepare_canary();
  void wake() noexcept;

  detail::device_state& device_;
  isolated::isolated_driver& driver_;
  const supervision options_;
  file_descriptor wake_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> has_limits_{false};
  std::atomic<bool> was_of_use_{false}; ///< the worker, since it began
  std::atomic<std::uint64_t> count_{0};
  static constexpr std::size_t remembered_reports = 256;

  mutable std::mutex guard_; ///< of all below
  mutable std::condition_variable changed_;
  std::deque<recovery_report> reports_;
  bool is_recovering_ = false;
  bool has_ended_ = false; ///< nothing will be replaced any more
  std::deque<std::shared_ptr<asked_replacement>> asked_;
  std::optional<trial> trial_; ///< changed by the thread alone

  // Of the thread.
  crash_loop loop_;
  std::shared_ptr<const drivers::loaded_program> canary_;
  std::unique_ptr<drivers::segment> canary_memory_;
  std::unique_ptr<isolated::isolated_stream> canary_stream_;
  bool canary_tried_ = false;
};

} // namespace dotcompute::execution
