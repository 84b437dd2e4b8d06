// SPDX-License-Identifier: MIT
// The threads that run work-groups: persistent, asleep when idle, quick to start when work comes in a row.
#pragma once

#include "drivers/cpu/parallel_job.hpp"
#include "drivers/driver.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dotcompute::cpu {

/// Three things keep its threads busy, in this order: background work that was posted (whole queues), open jobs (chunks
/// of one launch), and the watch. One idle thread is on watch for a while after each activity: it naps in short steps
/// and takes over background work that was submitted but that nobody runs. Submitting a small command therefore costs
/// no system call, and a caller that waits for it at once runs it itself.
class thread_pool {
 public:
  /// `on_start` is called first on every thread, unless it is null. Throws out_of_threads.
  thread_pool(const std::string& name, std::uint32_t threads, void (*on_start)() = nullptr);
  /// Joins the threads. Work that is still posted is dropped.
  ~thread_pool();
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;

  std::uint32_t threads() const noexcept;

  void look_after(const std::shared_ptr<drivers::background_work>& work);
  void forget(const drivers::background_work* work) noexcept;
  /// A thread runs it as soon as one is free.
  void post(std::shared_ptr<drivers::background_work> work);
  /// A thread runs it within some 50 microseconds unless somebody else does.
  void expect_soon();

  /// A free place for a job, or null when as many as there are places run already.
  parallel_job* acquire_job();
  ///  /// Opens a prepared job to all threads and works on it with the calling one. `continues` unless this thread
  ///  finished
  /// it; only then is the completion called.
  drivers::progress run_job(parallel_job* job, time_point leave_by, bool is_lent);
  /// Works on the job of this owner, if it is open. False when nothing was taken.
  bool assist(const void* owner, time_point leave_by);

 private:
  struct state;
  std::shared_ptr<state> state_;
  std::vector<std::thread> threads_;
};

} // namespace dotcompute::cpu
