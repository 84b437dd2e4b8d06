// SPDX-License-Identifier: MIT
// What a queue does while the process behind its stream is replaced.
#include "execution/stream_queue.hpp"

#include "isolation/isolated_stream.hpp"

#include <algorithm>
#include <iterator>
#include <thread>

namespace dotcompute::detail {

using execution::command;

void stream_queue::suspend() {
  is_interrupted_.store(true, std::memory_order_relaxed);
  for (;;) {
    {
      const std::lock_guard lock(guard_);
      is_suspended_ = true;
      if (stage_ != stage::transferring) return;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
}

stream_queue::interrupted stream_queue::inspect() {
  // What was reached completes as always; another thread may be at it, and then comes to the same.
  for (retire(); stream_->reached() > line.completed(); retire())
    std::this_thread::yield();
  const std::lock_guard lock(guard_);
  const auto* const isolated = dynamic_cast<const isolated::isolated_stream*>(stream_.get());
  return {under_way_.first(), isolated ? isolated->begun() : handed_over_, stored_.first(),
          submitted_.load(std::memory_order_relaxed)};
}

void stream_queue::resume(std::deque<std::pair<std::uint64_t, error>> verdicts, std::uint64_t allowed) {
  {
    const std::lock_guard lock(guard_);
    for (const auto& r : refused_) { // those had been refused before, and still are
      const auto place =
          std::find_if(verdicts.begin(), verdicts.end(), [&](const auto& v) { return v.first >= r.first; });
      if (place == verdicts.end() || place->first != r.first) verdicts.insert(place, r);
    }
    refused_.clear();
    // What was decided before about commands whose turn had not come.
    while (!verdicts_.empty() && !verdicts.empty() && verdicts_.front().first <= verdicts.back().first)
      verdicts_.pop_front();
    std::move(verdicts_.begin(), verdicts_.end(), std::back_inserter(verdicts));
    verdicts_ = std::move(verdicts);
    for (command* c = under_way_.first(); c; c = c->next)
      c->carried_by = execution::carrier::none;
    stored_.splice_front(under_way_);
    // The wait that it is blocked by may stand behind others again; it is looked at anew when it is first.
    if (stage_ == stage::blocked) stage_ = stage::free;
    handed_over_ = last_on_device_ = line.completed();
    signalled_ = handed_over_;
    allowed_ = allowed;
    is_suspended_ = false;
  }
  is_interrupted_.store(false, std::memory_order_relaxed);
  pump(time_point::min(), false);
  device->watch.hurry();
}

void stream_queue::allow(std::uint64_t number) {
  {
    const std::lock_guard lock(guard_);
    allowed_ = number;
  }
  pump(time_point::min(), false);
}

bool stream_queue::run_singly(std::uint64_t last, time_point until) {
  for (;;) {
    const std::uint64_t done = line.completed();
    if (done >= last) return true;
    allow(done + 1);
    observe();
    if (line.completed() > done) continue;
    if (std::chrono::steady_clock::now() >= until) return false;
    stream_->sleep(done + 1, until);
  }
}

std::uint64_t stream_queue::running(std::int64_t& since) const noexcept {
  const auto* const isolated = dynamic_cast<const isolated::isolated_stream*>(stream_.get());
  if (!isolated || !isolated->is_running()) return 0;
  since = isolated->running_since();
  return isolated->reached() + 1;
}

std::chrono::nanoseconds stream_queue::overrun_limit(std::int64_t now) noexcept {
  std::int64_t since = 0;
  const std::lock_guard lock(guard_);
  if (running(since) == 0 || since == 0) return {};
  // Numbers without work have no limit and take no time, so the first that has one is what runs.
  const std::uint64_t reached = stream_->reached();
  const command* c = under_way_.first();
  while (c && (c->number <= reached || !is_work(*c)))
    c = c->next;
  const bool is_overdue = c && c->time_limit > std::chrono::nanoseconds::zero() && now - since > c->time_limit.count();
  return is_overdue ? c->time_limit : std::chrono::nanoseconds::zero();
}

} // namespace dotcompute::detail
