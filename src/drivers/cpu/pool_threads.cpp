// SPDX-License-Identifier: MIT
// The threads' side of the pool: what a thread does between two pieces of work.
#include "drivers/cpu/pool_state.hpp"

#include <sys/prctl.h>

#include <bit>

namespace dotcompute::cpu {
namespace {

using namespace std::chrono_literals;

constexpr auto spin_time = 20us;      // after work, for the next launch of a row
constexpr auto nap_time = 50us;       // between two looks of the watcher
constexpr std::int64_t grace = 5'000; // nanoseconds in which whoever submits begins to wait, and then runs it itself
constexpr auto watch_time = 1ms;      // without a submission, until the watcher goes to sleep
constexpr auto sleep_time = 1h;       // longest sleep; waking without a reason does no harm

} // namespace

void thread_pool::state::serve(std::uint32_t index) {
  // The default timer slack would double the watcher's naps; failing to change it only makes them longer.
  ::prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
  auto last_work = std::chrono::steady_clock::now() - spin_time;
  while (!stopping.load(std::memory_order_seq_cst)) {
    const std::uint32_t seen = bell.epoch();
    if (run_posted()) {
      last_work = std::chrono::steady_clock::now();
      continue;
    }
    if (watching.load(std::memory_order_seq_cst) == watch_state::requested) {
      watch(seen);
      continue;
    }
    if (work_on_open_job(index)) {
      last_work = std::chrono::steady_clock::now();
      continue;
    }
    if (std::chrono::steady_clock::now() - last_work < spin_time) {
      for (int i = 0; i < 32 && bell.epoch() == seen; ++i)
        spin_pause();
      continue;
    }
    if (stopping.load(std::memory_order_seq_cst)) break;
    bell.sleep(seen, deadline_after(sleep_time));
  }
}

bool thread_pool::state::run_posted() {
  if (posted_count.load(std::memory_order_relaxed) == 0) return false;
  std::shared_ptr<drivers::background_work> work;
  {
    const std::lock_guard lock(posted_guard);
    if (posted.empty()) return false;
    work = std::move(posted.front());
    posted.pop_front();
    posted_count.store(static_cast<std::uint32_t>(posted.size()), std::memory_order_relaxed);
  }
  work->run();
  return true;
}

bool thread_pool::state::work_on_open_job(std::uint32_t index) {
  const std::uint64_t open = open_jobs.load(std::memory_order_seq_cst);
  // Threads start their search at different jobs, so that several launches are all worked on.
  for (std::uint32_t i = 0; i < job_count && open != 0; ++i) {
    const std::uint32_t place = (i + index) % job_count;
    if (!(open >> place & 1) || !jobs[place]->enter()) continue;
    parallel_job* job = jobs[place].get();
    const auto why = job->work(index + 1, [this] { return attention(); });
    parallel_job::ending end;
    if (leave_job(job, why, end)) end.tell.call(end.tell.context, now_nanoseconds(), end.succeeded);
    return true;
  }
  return false;
}

void thread_pool::state::watch(std::uint32_t seen_epoch) {
  auto expected = watch_state::requested;
  if (!watching.compare_exchange_strong(expected, watch_state::active, std::memory_order_seq_cst)) return;
  auto last_activity = std::chrono::steady_clock::now();
  for (;;) {
    if (look_around()) last_activity = std::chrono::steady_clock::now();
    // Anything new on the bell is more urgent than watching, and somebody else can be asked to watch.
    const bool is_over = bell.epoch() != seen_epoch || open_jobs.load(std::memory_order_relaxed) != 0 ||
                         stopping.load(std::memory_order_relaxed) ||
                         std::chrono::steady_clock::now() - last_activity > watch_time;
    if (is_over) break;
    bell.sleep(seen_epoch, deadline_after(nap_time));
  }
  // From here on submitters ask anew. What came before they could see that is found by this last look (expect_soon()
  // has the other half of the argument).
  watching.store(watch_state::none, std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  post_all_pending();
}

bool thread_pool::state::look_around() {
  bool active = false;
  // What is locked here may be the last handle of a queue by the time it is released, and its destructor takes
  // watched_guard: so all of it is released after the guard.
  std::vector<std::shared_ptr<drivers::background_work>> seen, stalled;
  {
    const std::lock_guard lock(watched_guard);
    seen.reserve(watched_work.size());
    const std::int64_t now = now_nanoseconds();
    for (auto& w : watched_work) {
      auto work = w.work.lock();
      if (!work) continue;
      const std::uint64_t submitted = work->submitted();
      active = active || submitted != w.submitted;
      w.submitted = submitted;
      if (submitted != work->completed() && !work->is_taken_care_of() && now - work->last_submission() > grace)
        stalled.push_back(work);
      seen.push_back(std::move(work));
    }
  }
  for (auto& work : stalled)
    post(std::move(work));
  return active;
}

void thread_pool::state::post_all_pending() {
  std::vector<std::shared_ptr<drivers::background_work>> seen;
  {
    const std::lock_guard lock(watched_guard);
    for (auto& w : watched_work)
      if (auto work = w.work.lock()) seen.push_back(std::move(work));
  }
  // Posted rather than run here: one may take long, and then the others would stand still behind it.
  for (auto& work : seen)
    if (work->submitted() != work->completed() && !work->is_taken_care_of()) post(std::move(work));
}

} // namespace dotcompute::cpu
