// SPDX-License-Identifier: MIT
// Seeing how far the device is, completing commands, and waiting.
#include "execution/stream_queue.hpp"

#include <algorithm>
#include <vector>

namespace dotcompute::detail {

using execution::attention;
using execution::command;

namespace {

// A waiting thread sees the end of a short command at once; of a long one within 1/64 of the time it has waited.
constexpr auto longest_spin = std::chrono::milliseconds(2);
constexpr auto spin_time_before_sleep = std::chrono::microseconds(40); // where a stream wakes its waiters
constexpr int waited_per_sleep = 64;
constexpr std::chrono::nanoseconds shortest_sleep = std::chrono::microseconds(50);
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(1);
constexpr auto check_interval = std::chrono::milliseconds(5);

} // namespace

bool stream_queue::is_behind() const noexcept {
  return stream_->reached() > line.completed() || device->is_lost();
}

void stream_queue::ask(std::uint64_t number) noexcept {
  if (signalled_.load(std::memory_order_relaxed) >= number) return;
  const std::lock_guard lock(guard_);
  if (signalled_.load(std::memory_order_relaxed) < number) signal();
}

void stream_queue::check() noexcept {
  const std::lock_guard lock(guard_);
  if (stage_ == stage::transferring || is_suspended_ || is_lost_) return;
  try {
    stream_->check();
  } catch (const error& e) {
    if (drivers::is_gone(e)) lose(e);
  }
}

std::optional<error> stream_queue::take_failure(std::uint64_t number, std::uint64_t reached) {
  if (!refused_.empty() && refused_.front().first == number) {
    error refused = std::move(refused_.front().second);
    refused_.pop_front();
    return refused;
  }
  if (number > reached) return {};
  const auto e = stream_->take_refusal(number);
  if (!e) return {};
  error failure(e->kind(), e->code(), e->message(), device->describe("queue '" + name + "'", e->remedy()));
  note_failure(failure);
  return failure;
}

void stream_queue::retire() noexcept {
  if (retiring_.exchange(true, std::memory_order_acquire)) return;
  std::shared_ptr<stream_queue> last_handle; // let go of after everything else
  execution::command_list done;
  execution::kept_subjects subjects;                     // of those that are done
  std::vector<std::pair<std::uint64_t, error>> failures; // theirs, in order
  const std::uint64_t reached = stream_->reached();
  std::uint64_t last = 0;
  {
    const std::lock_guard lock(guard_);
    if (device->is_lost()) is_lost_ = true;
    // A stream of which nothing was reached is not asked: its worker may be being replaced.
    const bool is_reached = !under_way_.empty() && under_way_.first()->number <= reached;
    const bool may_fail = !refused_.empty() || (is_reached && stream_->has_refusals());
    const auto take = [&](execution::command_list& from) {
      const std::uint64_t number = from.first()->number;
      if (may_fail)
        if (auto failure = take_failure(number, reached)) failures.emplace_back(number, std::move(*failure));
      done.push_back(from.pop_front());
      last = number;
    };
    while (!under_way_.empty() && (under_way_.first()->number <= reached || is_lost_))
      take(under_way_);
    // A thread in a transfer still uses the command that is stored first; it ends soon after the device was lost.
    while (is_lost_ && stage_ != stage::transferring && !stored_.empty())
      take(stored_);
    if (last != 0) subjects = subjects_.take_done(last);
  }
  execution::command_list spares;
  auto failure = failures.begin();
  bool was_of_use = false;
  while (!done.empty()) {
    command* const c = done.pop_front();
    const std::uint64_t number = c->number;
    if (records_times_ && number <= reached)
      if (const auto t = stream_->times(number)) line.record_times(number, {c->queued, t->started, t->finished});
    if (failure != failures.end() && failure->first == number) {
      line.record_failure(number, failure->second);
      ++failure;
    } else if (number > reached) {
      line.record_failure(number, device->loss("queue '" + name + "'"));
    } else {
      was_of_use = was_of_use || c->carried_by == execution::carrier::device;
    }
    end_writing(*c);
    c->clear();
    spares.push_back(c);
  }
  subjects = {};
  if (was_of_use && device->supervisor) device->supervisor->note_use();
  if (last != 0) {
    stream_->collect();
    line.complete(last);
  }
  {
    const std::lock_guard lock(guard_);
    spare_.splice_front(spares);
    if (stored_.empty() && under_way_.empty()) last_handle = std::move(self_);
  }
  retiring_.store(false, std::memory_order_release);
}

void stream_queue::observe() noexcept {
  ask(submitted());
  if (is_behind()) retire();
}

void stream_queue::when_reached(std::uint64_t number, std::function<void()> call) {
  line.when_reached(number, std::move(call));
  if (line.has_reached(number)) return;
  std::uint64_t known = awaited_.load(std::memory_order_relaxed);
  while (known < number && !awaited_.compare_exchange_weak(known, number, std::memory_order_relaxed)) {
  }
  ask(number);
  device->watch.hurry();
}

bool stream_queue::help(std::uint64_t number, time_point, unsigned) {
  ask(number);
  if (is_behind()) retire();
  return false; // the device runs it; the caller is told by when_reached()
}

bool stream_queue::wait(std::uint64_t number, time_point deadline) {
  const auto began = std::chrono::steady_clock::now();
  auto next_check = began + check_interval;
  for (;;) {
    ask(number);
    if (is_behind()) retire();
    if (line.has_reached(number)) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    if (now >= next_check) {
      check();
      next_check = now + check_interval;
    }
    if (signalled_.load(std::memory_order_relaxed) < number) pump(deadline, lends_);
    if (now - began < spin_time_before_sleep) {
      stream_->pause();
    } else if (signalled_.load(std::memory_order_relaxed) >= number &&
               !is_interrupted_.load(std::memory_order_relaxed) &&
               stream_->sleep(number, std::min(deadline, now + check_interval))) {
      continue;
    } else if (now - began < longest_spin) {
      stream_->pause();
    } else {
      const auto waited = std::chrono::duration_cast<std::chrono::nanoseconds>(now - began);
      line.sleep(number,
                 std::min(deadline, now + std::clamp(waited / waited_per_sleep, shortest_sleep, longest_sleep)));
    }
  }
}

attention stream_queue::look() noexcept {
  const auto now = std::chrono::steady_clock::now();
  if (line.completed() < submitted() && now - last_check_ >= check_interval) {
    last_check_ = now;
    check();
  }
  const std::uint64_t all = submitted(), before = std::exchange(seen_, all);
  // Who submits that fast completes what is reached, and hands over what is stored, with each call. A second thread
  // would only take the commands' memory and the guard away from it.
  if (all - before >= signal_interval && awaited_.load(std::memory_order_relaxed) <= line.completed())
    return attention::relaxed;
  if (is_behind()) retire();
  pump(time_point::min(), false);
  ask(all);
  const std::lock_guard lock(guard_);
  if (stored_.empty() && under_way_.empty()) return attention::none;
  const bool is_awaited = awaited_.load(std::memory_order_relaxed) > line.completed();
  const bool is_held_up = !stored_.empty() && stage_ == stage::free && !is_barred(*stored_.first());
  return is_awaited || is_held_up ? attention::urgent : attention::relaxed;
}

void stream_queue::orphan() {
  {
    const std::lock_guard lock(guard_);
    if (stored_.empty() && under_way_.empty()) return;
    self_ = self();
  }
  device->watch.hurry();
}

} // namespace dotcompute::detail
