// SPDX-License-Identifier: MIT
#include "execution/queue_state.hpp"

#include <dotcompute/event.hpp>

namespace dotcompute {
namespace {

void throw_failure(const event& e) {
  if (auto failure = e.error()) throw *failure;
}

} // namespace

event_status event::status() const {
  if (!queue_) return event_status::complete;
  if (!queue_->line.has_reached(number_)) queue_->observe();
  if (!queue_->line.has_reached(number_)) return event_status::pending;
  return queue_->line.failure(number_) ? event_status::failed : event_status::complete;
}

void event::wait() const {
  if (!queue_) return;
  if (!queue_->line.has_reached(number_)) {
    const auto time = queue_->device->default_wait;
    if (!queue_->wait(number_, deadline_after(time)))
      throw dotcompute::error(error_code::deadline_exceeded,
                              "command " + std::to_string(number_) + " was not done after " +
                                  std::to_string(time.count()) + " ms",
                              queue_->device->describe("wait for queue '" + queue_->name + "'",
                                                       "Wait again, or open the device with a longer default_wait."));
  }
  throw_failure(*this);
}

bool event::wait_for(std::chrono::nanoseconds time) const {
  return wait_until(deadline_after(time));
}

bool event::wait_until(std::chrono::steady_clock::time_point deadline) const {
  if (queue_ && !queue_->wait(number_, deadline)) return false;
  throw_failure(*this);
  return true;
}

void event::then(std::function<void(const event&)> callback) const {
  if (!callback) throw dotcompute::error(error_code::invalid_argument, "then() needs something to call");
  if (!queue_) throw dotcompute::error(error_code::invalid_handle, "an event of no queue has no notification thread");
  auto& notifier = queue_->device->notifier;
  notifier.start();
  queue_->when_reached(
      number_, [&notifier, call = std::move(callback), self = *this] { notifier.post([call, self] { call(self); }); });
}

std::optional<dotcompute::error> event::error() const {
  if (!queue_ || !queue_->line.has_reached(number_)) return {};
  return queue_->line.failure(number_);
}

known<event_times> event::times() const {
  if (!queue_ || !queue_->line.has_reached(number_)) return {};
  return queue_->line.times(number_);
}

} // namespace dotcompute
