// SPDX-License-Identifier: MIT
#include "drivers/opencl/command_timeline.hpp"

#include "support/log.hpp"

#include <algorithm>
#include <exception>

namespace dotcompute::opencl {
namespace {

constexpr std::size_t remembered = 1024; // commands

} // namespace

command_timeline::command_timeline(std::shared_ptr<opencl_context> context, bool records_times)
    : context_(std::move(context)), times_(records_times ? remembered : 0) {}

command_timeline::~command_timeline() {
  if (context_->is_lost()) return; // even giving back may hang
  for (const pending_command& c : pending_)
    context_->note(context_->api().clReleaseEvent(c.event), "clReleaseEvent", "close a queue");
}

void command_timeline::add(std::uint64_t number, event_handle event, std::int64_t queued) {
  const std::lock_guard lock(guard_);
  pending_.push_back({number, number, event, queued});
  last_ = number;
}

void command_timeline::add_part(std::uint64_t number, event_handle event, std::int64_t queued) {
  const std::lock_guard lock(guard_);
  pending_.push_back({number - 1, number, event, queued});
}

void command_timeline::signal(std::uint64_t number) {
  const std::lock_guard lock(guard_);
  if (pending_.empty())
    reached_ = std::max(reached_, number);
  else
    pending_.back().number = std::max(pending_.back().number, number);
  last_ = std::max(last_, number);
}

std::uint64_t command_timeline::reached() const noexcept {
  const std::lock_guard lock(guard_);
  look();
  return reached_;
}

bool command_timeline::is_idle() const noexcept {
  const std::lock_guard lock(guard_);
  look();
  return pending_.empty();
}

void command_timeline::look() const noexcept {
  while (!pending_.empty() && !context_->is_lost()) {
    const pending_command& c = pending_.front();
    std::int32_t status = complete;
    const result r =
        context_->api().clGetEventInfo(c.event, event_info::command_execution_status, sizeof status, &status, nullptr);
    if (r != result::success) return context_->note(r, "clGetEventInfo", "see how far a queue is");
    if (status > complete) return;
    if (status < complete) note_failure(c, static_cast<result>(status));
    if (context_->is_lost()) return; // what was not reached never will be
    if (!times_.empty()) record_times(c);
    context_->note(context_->api().clReleaseEvent(c.event), "clReleaseEvent", "see how far a queue is");
    reached_ = std::max(reached_, c.number);
    pending_.pop_front();
  }
}

void command_timeline::note_failure(const pending_command& c, result r) const noexcept {
  try {
    const error e = make_error(r, "the command", context_->id(), "run a command");
    // A command that was accepted and then ran out of something may have broken off anywhere, and the context with it.
    if (e.kind() == error_class::device_lost || e.kind() == error_class::fatal || meaning_of(r).is_ambiguous)
      return context_->mark_lost(e.message() + ", while it ran");
    refused_.emplace_back(c.command, e);
  } catch (const std::exception&) {
    context_->mark_lost("a command failed, and there is no memory to say which");
  }
}

void command_timeline::record_times(const pending_command& c) const noexcept {
  if (c.queued == 0) return;
  std::uint64_t queued = 0, started = 0, finished = 0;
  const auto read = [&](profiling_info what, std::uint64_t& value) {
    return context_->api().clGetEventProfilingInfo(c.event, what, sizeof value, &value, nullptr) == result::success;
  };
  if (!read(profiling_info::command_queued, queued) || !read(profiling_info::command_start, started) ||
      !read(profiling_info::command_end, finished) || started < queued || finished < started)
    return;
  // The device's clock, when the host put the command into the queue, is known for every command, so its own start
  // needs no agreement of the clocks.
  event_times t;
  t.started = c.queued + static_cast<std::int64_t>(started - queued);
  t.finished = c.queued + static_cast<std::int64_t>(finished - queued);
  auto& place = times_[c.command % remembered];
  if (place.first == c.command) t.started = place.second.started; // of its first part
  place = {c.command, t};
}

known<event_times> command_timeline::times(std::uint64_t number) const noexcept {
  if (times_.empty()) return {};
  const std::lock_guard lock(guard_);
  const auto& found = times_[number % remembered];
  return found.first == number ? known<event_times>(found.second) : known<event_times>();
}

bool command_timeline::has_refusals() const noexcept {
  const std::lock_guard lock(guard_);
  return !refused_.empty();
}

std::optional<error> command_timeline::take_refusal(std::uint64_t number) noexcept {
  const std::lock_guard lock(guard_);
  if (refused_.empty() || refused_.front().first > number) return {};
  std::optional<error> found = std::move(refused_.front().second);
  while (!refused_.empty() && refused_.front().first <= number)
    refused_.pop_front();
  return found;
}

void command_timeline::let_wait(queue_handle waiter, command_timeline& line, std::uint64_t number) const {
  event_handle barrier = nullptr;
  {
    const std::lock_guard lock(guard_);
    const auto found =
        std::find_if(pending_.begin(), pending_.end(), [&](const pending_command& c) { return c.number >= number; });
    if (found == pending_.end()) return; // reached: events leave the list in order
    context_->check(context_->api().clEnqueueBarrierWithWaitList(waiter, 1, &found->event, &barrier),
                    "clEnqueueBarrierWithWaitList", "wait for another queue");
  }
  line.add_barrier(barrier);
}

} // namespace dotcompute::opencl
