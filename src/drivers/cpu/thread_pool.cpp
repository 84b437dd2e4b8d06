// SPDX-License-Identifier: MIT
// The callers' side of the pool: posting, jobs, lending a thread.
#include "drivers/cpu/thread_pool.hpp"

#include "drivers/cpu/pool_state.hpp"
#include "support/quiet_signals.hpp"

#include <dotcompute/error.hpp>

#include <algorithm>
#include <bit>
#include <system_error>

namespace dotcompute::cpu {

thread_pool::state::state(std::uint32_t threads) : thread_count(threads) {
  jobs.reserve(job_count);
  for (std::uint32_t i = 0; i < job_count; ++i)
    jobs.push_back(std::make_unique<parallel_job>(threads));
}

thread_pool::thread_pool(const std::string& name, std::uint32_t threads, void (*on_start)())
    : state_(std::make_shared<state>(threads)) {
  threads_.reserve(threads);
  const quiet_signals quiet;
  try {
    for (std::uint32_t i = 0; i < threads; ++i) {
      threads_.emplace_back([shared = state_, i, on_start] {
        if (on_start) on_start();
        shared->serve(i);
      });
      // Fifteen characters are all that the kernel keeps; a name that is not set changes nothing else.
      pthread_setname_np(threads_.back().native_handle(), (name + "/" + std::to_string(i)).substr(0, 15).c_str());
    }
  } catch (const std::system_error& e) {
    state_->stopping = true;
    state_->bell.wake(threads);
    for (auto& t : threads_)
      t.join();
    throw error(
        error_code::out_of_threads,
        "thread " + std::to_string(threads_.size() + 1) + " of " + std::to_string(threads) +
            " could not be started: " + e.what(),
        {name, 1, "open the device", "Raise the limit of processes (ulimit -u) or open it with fewer threads."});
  }
}

thread_pool::~thread_pool() {
  state_->stopping.store(true, std::memory_order_seq_cst);
  state_->bell.wake(state_->thread_count);
  for (auto& t : threads_) {
    // The last handle of a device may go away on one of its own threads; that thread leaves on its own and keeps the
    // shared state alive until it has.
    if (t.get_id() == std::this_thread::get_id())
      t.detach();
    else
      t.join();
  }
}

std::uint32_t thread_pool::threads() const noexcept {
  return state_->thread_count;
}

void thread_pool::look_after(const std::shared_ptr<drivers::background_work>& work) {
  const std::lock_guard lock(state_->watched_guard);
  state_->watched_work.push_back({work, work.get(), 0});
}

void thread_pool::forget(const drivers::background_work* work) noexcept {
  const std::lock_guard lock(state_->watched_guard);
  auto& all = state_->watched_work;
  const auto found = std::find_if(all.begin(), all.end(), [work](const auto& w) { return w.address == work; });
  if (found != all.end()) {
    *found = std::move(all.back());
    all.pop_back();
  }
}

void thread_pool::post(std::shared_ptr<drivers::background_work> work) {
  state_->post(std::move(work));
}

void thread_pool::state::post(std::shared_ptr<drivers::background_work> work) {
  {
    const std::lock_guard lock(posted_guard);
    posted.push_back(std::move(work));
    posted_count.store(static_cast<std::uint32_t>(posted.size()), std::memory_order_seq_cst);
  }
  bell.wake(1);
}

void thread_pool::expect_soon() {
  // The caller stored its command before this; the watcher stores `none` before its last look at what was submitted.
  // With both fences, either we see that nobody watches and ask, or that last look sees the command.
  using watch_state = state::watch_state;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  watch_state seen = state_->watching.load(std::memory_order_seq_cst);
  if (seen == watch_state::none && state_->watching.compare_exchange_strong(seen, watch_state::requested))
    state_->bell.wake(1);
}

parallel_job* thread_pool::acquire_job() {
  std::uint64_t seen = state_->free_jobs.load(std::memory_order_relaxed);
  while (seen != 0)
    if (state_->free_jobs.compare_exchange_weak(seen, seen & (seen - 1), std::memory_order_acquire,
                                                std::memory_order_relaxed))
      return state_->jobs[static_cast<std::size_t>(std::countr_zero(seen))].get();
  return nullptr;
}

drivers::progress thread_pool::run_job(parallel_job* job, time_point leave_by, bool is_lent) {
  state& s = *state_;
  const auto position = std::find_if(s.jobs.begin(), s.jobs.end(), [job](const auto& j) { return j.get() == job; });
  job->open();
  s.open_jobs.fetch_or(std::uint64_t{1} << (position - s.jobs.begin()), std::memory_order_seq_cst);
  s.bell.wake(s.thread_count - 1);

  const bool has_deadline = leave_by != time_point::max();
  const auto why = job->work(0, [&] {
    return (is_lent && has_deadline && std::chrono::steady_clock::now() >= leave_by) || (!is_lent && s.attention());
  });
  parallel_job::ending end;
  if (!s.leave_job(job, why, end)) return drivers::progress::continues;
  return end.succeeded ? drivers::progress::done : drivers::progress::out_of_memory;
}

bool thread_pool::assist(const void* owner, time_point leave_by) {
  state& s = *state_;
  for (std::uint64_t open = s.open_jobs.load(std::memory_order_acquire); open != 0; open &= open - 1) {
    parallel_job* job = s.jobs[static_cast<std::size_t>(std::countr_zero(open))].get();
    if (job->owner() != owner || !job->enter()) continue;
    // The owner read before entering may have been that of an earlier job in the same place; then this is one more
    // helping hand for another queue, for as long as its chunks last.
    const bool has_deadline = leave_by != time_point::max();
    const auto why = job->work(0, [&] { return has_deadline && std::chrono::steady_clock::now() >= leave_by; });
    parallel_job::ending end;
    if (s.leave_job(job, why, end)) end.tell.call(end.tell.context, now_nanoseconds(), end.succeeded);
    return true;
  }
  return false;
}

bool thread_pool::state::leave_job(parallel_job* job, parallel_job::reason why, parallel_job::ending& end) {
  switch (job->leave(why)) {
  case parallel_job::departure::others_remain: return false;
  case parallel_job::departure::deserted:
    // Whoever left for something more urgent comes back by itself; a lent thread does not, so another is called.
    bell.wake(1);
    return false;
  case parallel_job::departure::last: break;
  }
  const auto position = std::find_if(jobs.begin(), jobs.end(), [job](const auto& j) { return j.get() == job; });
  const std::uint64_t bit = std::uint64_t{1} << (position - jobs.begin());
  end = job->finish();
  open_jobs.fetch_and(~bit, std::memory_order_relaxed);
  free_jobs.fetch_or(bit, std::memory_order_release);
  return true;
}

} // namespace dotcompute::cpu
