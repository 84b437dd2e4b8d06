// SPDX-License-Identifier: MIT
// What the threads of a pool share.
#pragma once

#include "drivers/cpu/thread_pool.hpp"
#include "support/futex.hpp"

namespace dotcompute::cpu {

/// Sleeping and waking. `epoch` changes with everything a sleeper may have to see. A worker reads the epoch, looks for
/// work, and sleeps only while the epoch is unchanged; a producer publishes work, changes the epoch, then looks for
/// sleepers. Either the worker's look found the work; or the work came later, and then so did the change of epoch,
/// and the kernel refuses to put the worker to sleep or the producer sees it counted as a sleeper and wakes it.
class wake_up_call {
 public:
  std::uint32_t epoch() const { return epoch_.load(std::memory_order_seq_cst); }

  void sleep(std::uint32_t seen, time_point until) {
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
    futex_wait(epoch_, seen, until);
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }

  void wake(std::uint32_t threads) {
    epoch_.fetch_add(1, std::memory_order_seq_cst);
    if (threads != 0 && sleepers_.load(std::memory_order_seq_cst) != 0) futex_wake(epoch_, threads);
  }

 private:
  alignas(64) std::atomic<std::uint32_t> epoch_{0};
  std::atomic<std::uint32_t> sleepers_{0};
};

struct thread_pool::state {
  explicit state(std::uint32_t thread_count);

  // The threads' side; see thread_pool.cpp for the callers'.
  void serve(std::uint32_t index);
  void post(std::shared_ptr<drivers::background_work> work);
  bool run_posted();
  bool work_on_open_job(std::uint32_t index);
  void watch(std::uint32_t seen_epoch);
  /// Takes over what stood still since the last look. True when something was submitted since then.
  bool look_around();
  void post_all_pending();

  /// A thread inside a job should come out after its chunk: something more urgent waits.
  bool attention() const {
    return posted_count.load(std::memory_order_relaxed) != 0 ||
           watching.load(std::memory_order_relaxed) == watch_state::requested ||
           stopping.load(std::memory_order_relaxed);
  }
  /// After work() on `job`: leaves it, and finishes it when that falls to this thread. True when it did.
  bool leave_job(parallel_job* job, parallel_job::reason why, parallel_job::ending& end);

  const std::uint32_t thread_count;
  wake_up_call bell;
  std::atomic<bool> stopping{false};

  std::mutex posted_guard;
  std::deque<std::shared_ptr<drivers::background_work>> posted;
  std::atomic<std::uint32_t> posted_count{0};

  /// `none`: the next submission must ask for a watch. `requested`: an idle thread will take it on. `active`: one has.
  enum class watch_state : std::uint32_t { none, requested, active };
  std::atomic<watch_state> watching{watch_state::none};

  struct watched {
    std::weak_ptr<drivers::background_work> work;
    const drivers::background_work* address = nullptr;
    std::uint64_t submitted = 0; ///< at the last look
  };
  std::mutex watched_guard;
  std::vector<watched> watched_work;

  static constexpr std::uint32_t job_count = 64;
  std::vector<std::unique_ptr<parallel_job>> jobs;
  /// One bit a job. A bit of `open_jobs` is a hint where to look; the job's own gate decides.
  alignas(64) std::atomic<std::uint64_t> free_jobs{~std::uint64_t{0}};
  alignas(64) std::atomic<std::uint64_t> open_jobs{0};
};

} // namespace dotcompute::cpu
