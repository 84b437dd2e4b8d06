// SPDX-License-Identifier: MIT
// Handing commands over to the device, in order, and what the host has to do in between.
#include "execution/stream_queue.hpp"

#include "execution/memory_object.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute::detail {

using execution::command;

namespace {

constexpr std::uint64_t most_under_way = 512;     // a device's own ring is longer, so handing over never blocks in it
constexpr std::uint64_t completion_interval = 16; // commands; divides signal_interval

bool is_complete(const event& e) {
  return !e.queue() || e.queue()->line.has_reached(e.number());
}

} // namespace

stream_queue::stream_queue(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held,
                           const queue_description& d)
    : queue_state(std::move(owner), std::move(held), d), stream_(device->driver->create_stream(d.stream)),
      records_times_(d.stream.records_times), time_limit_(d.time_limit) {}

stream_queue::~stream_queue() = default;

bool stream_queue::has_room() const noexcept {
  return !is_suspended_ && !is_held_ && under_way_.size() < most_under_way && stream_->has_room();
}

// What fails without the device is not held up, but comes after what runs before it: failures are told in order.
bool stream_queue::is_barred(const command& c) {
  if (c.number <= allowed_ || !is_work(c)) return false;
  return line.completed() < last_on_device_ || (!has_verdict(c) && !is_skipping());
}

std::uint64_t stream_queue::submit(std::unique_lock<short_mutex>& lock, command*& given) {
  require_lease(lock);
  if (is_lost_ || device->is_lost()) {
    lock.unlock();
    throw device->loss("submit to queue '" + name + "'");
  }
  const std::uint64_t number = given->number = submitted_.load(std::memory_order_relaxed) + 1;
  subjects_.keep(*given);
  command* const c = std::exchange(given, nullptr);
  if (records_times_) c->queued = now_nanoseconds();
  if (c->time_limit == std::chrono::nanoseconds::zero()) c->time_limit = time_limit_;
  if (c->time_limit > std::chrono::nanoseconds::zero() && device->supervisor) device->supervisor->look_at_limits();
  submitted_.store(number, std::memory_order_release);
  const bool is_stored = !stored_.empty() || !has_room() || is_barred(*c) || unverified(*c) || !hand_over(*c);
  if (is_stored) stored_.push_back(c);
  const bool is_crowded = number - line.completed() >= signal_interval;
  if (is_crowded && handed_over_ - signalled_ >= signal_interval) signal();
  lock.unlock();
  // Commands are reached by the interval of signals, so most calls would look for nothing.
  if (is_crowded && (is_stored || number % completion_interval == 0) && is_behind()) retire();
  const bool is_delayed = is_stored && !pump(time_point::min(), false);
  is_delayed ? device->watch.hurry() : device->watch.expect();
  return number;
}

// Stored before its kernel was refused.
std::optional<error> stream_queue::refusal_of(const command& c) const {
  if (!c.subject) return {};
  return device->faults.refusal(c.subject->content(), device->describe("queue '" + name + "'"));
}

std::optional<error> stream_queue::unusable_buffer(const command& c) const {
  if (std::any_of(c.uses.begin(), c.uses.end(), [](const auto& u) { return u.memory->is_stale(); }))
    return error(error_code::stale_handle, "the memory of a buffer was discarded by a reset of the device",
                 device->describe("queue '" + name + "'", "Make the buffer again."));
  return changed_content(c);
}

const memory_object* stream_queue::unverified(const command& c) const noexcept {
  if (has_verdict(c)) return nullptr;
  for (const execution::buffer_use& u : c.uses)
    if (u.memory->is_unverified()) return u.memory;
  return nullptr;
}

bool stream_queue::hand_over(command& c) {
  const std::uint64_t number = c.number;
  if (has_verdict(c)) {
    refuse(number, verdicts_.front().second);
    verdicts_.pop_front();
  } else if (const auto skipped = is_skipping() ? reason_to_skip() : std::nullopt) {
    refuse_unrun(c, *skipped);
  } else if (const auto refused = device->faults.refuses_any() ? refusal_of(c) : std::nullopt) {
    refuse_unrun(c, *refused);
  } else if (const auto unusable = c.uses.empty() ? std::nullopt : unusable_buffer(c)) {
    refuse(number, *unusable);
  } else {
    begin_writing(c);
    try {
      if (is_work(c)) c.carried_by = execution::carrier::device;
      if (const auto* launch = std::get_if<drivers::launch_command>(&c.action)) {
        stream_->submit(number, *launch);
      } else if (const auto* copy = std::get_if<drivers::copy_command>(&c.action)) {
        if (!stream_->submit(number, *copy)) {
          c.carried_by = execution::carrier::host;
          return false;
        }
      } else if (const auto* fill = std::get_if<drivers::fill_command>(&c.action)) {
        stream_->submit(number, *fill);
      } else if (const auto* wait = std::get_if<execution::wait_command>(&c.action)) {
        if (!is_complete(wait->awaited)) return false;
        if (const auto& other = wait->awaited.queue())
          if (const auto failure = other->line.failure(wait->awaited.number())) refuse(number, *failure);
      }
    } catch (const error& e) {
      c.carried_by = execution::carrier::none;
      fail(number, e);
    }
  }
  if (c.carried_by == execution::carrier::device) last_on_device_ = number;
  under_way_.push_back(&c);
  handed_over_ = number;
  return true;
}

// It was to be run again, and is not: then what it wrote before its worker ended stays.
void stream_queue::refuse_unrun(const command& c, const error& e) {
  for (const execution::buffer_use& u : c.uses)
    if (u.writes && c.interruptions != 0) u.memory->suspect();
  refuse(c.number, e);
}

void stream_queue::refuse(std::uint64_t number, const error& e) {
  refused_.emplace_back(number, e);
  note_failure(e);
}

void stream_queue::signal() noexcept {
  if (stage_ == stage::transferring || is_suspended_ || is_lost_ || signalled_ >= handed_over_) return;
  if (!stream_->has_room()) return; // asked again by whoever waits
  try {
    stream_->signal(handed_over_);
    signalled_ = handed_over_;
  } catch (const error& e) {
    if (drivers::is_gone(e)) return lose(e);
    log::warning("queue '{}' of {}: {}", name, device->id, e.message()); // asked again by whoever waits
  }
}

void stream_queue::lose(const error& e) noexcept {
  is_lost_ = true;
  device->mark_lost(e);
  note_failure(device->loss("queue '" + name + "'"));
}

bool stream_queue::prepare_wait(std::uint64_t number) {
  const std::lock_guard lock(guard_);
  if (handed_over_ < number) return false;
  for (const auto& r : refused_)
    if (r.first == number) return false; // the waiting command fails too, so the host has to look
  signal();
  return !is_lost_ && signalled_ >= number;
}

void stream_queue::fail(std::uint64_t number, const error& e) {
  if (drivers::is_gone(e))
    lose(e);
  else
    refuse(number, e);
}

bool stream_queue::pump(time_point deadline, bool carries) {
  for (;;) {
    event awaited;
    const memory_object* memory = nullptr;
    std::uint64_t number = 0;
    {
      std::unique_lock lock(guard_);
      if (stored_.empty()) return true;
      if (stage_ != stage::free || is_suspended_ || is_lost_) return false;
      if (!has_room()) {
        signal();
        return false;
      }
      command* const c = stored_.first();
      if (is_barred(*c)) return false;
      const auto* wait = std::get_if<execution::wait_command>(&c->action);
      if (wait && !has_verdict(*c) && !is_complete(wait->awaited)) {
        awaited = wait->awaited;
      } else if ((memory = unverified(*c))) {
        stage_ = stage::blocked;
        number = c->number;
      } else if (stored_.pop_front(); !hand_over(*c)) {
        stored_.push_front(c); // a copy that the device cannot do by itself
        if (!carries) {
          call_carrier(lock);
          return false;
        }
        if (!transfer(lock, deadline)) return false;
        continue;
      }
    }
    if (memory) {
      device->guard.when_verified(memory, [queue = self(), number] { queue->unblock(number); });
      return false;
    }
    // The guard of another queue is never taken under this one's.
    if (awaited.queue() && !pass_wait(awaited)) return false;
  }
}

bool stream_queue::pass_wait(const event& awaited) {
  auto* const same_kind = dynamic_cast<stream_queue*>(awaited.queue().get());
  const bool by_device = same_kind && awaited.queue()->device == device &&
                         (same_kind == this || same_kind->prepare_wait(awaited.number()));
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(guard_);
    if (stage_ != stage::free || is_suspended_ || is_held_ || is_lost_ || stored_.empty()) return false;
    // Another thread may have passed it meanwhile.
    command* const c = stored_.first();
    const auto* wait = std::get_if<execution::wait_command>(&c->action);
    if (!wait || !(wait->awaited.queue() == awaited.queue() && wait->awaited.number() == awaited.number())) return true;
    bool passed = false;
    if (by_device) {
      try {
        passed = same_kind == this || stream_->wait_for(*same_kind->stream_, awaited.number());
      } catch (const error& e) {
        fail(c->number, e);
        passed = true;
      }
    }
    if (passed) {
      under_way_.push_back(stored_.pop_front());
      handed_over_ = c->number;
      return true;
    }
    stage_ = stage::blocked;
    number = c->number;
  }
  awaited.queue()->when_reached(awaited.number(), [queue = self(), number] { queue->unblock(number); });
  return false;
}

void stream_queue::unblock(std::uint64_t number) {
  {
    const std::lock_guard lock(guard_);
    if (stage_ != stage::blocked || stored_.empty() || stored_.first()->number != number) return;
    stage_ = stage::free;
  }
  pump(time_point::min(), false);
  device->watch.hurry();
}

void stream_queue::call_carrier(std::unique_lock<short_mutex>& lock) {
  if (std::exchange(carrier_called_, true)) return;
  lock.unlock();
  try {
    device->watch.carry([queue = self()] { queue->carry(); });
  } catch (const error& e) {
    lock.lock();
    carrier_called_ = false; // the next look tries again
    log::error("queue '{}' of {}: {}", name, device->id, e.message());
  }
}

void stream_queue::carry() {
  {
    const std::lock_guard lock(guard_);
    carrier_called_ = false;
  }
  pump(time_point::max(), true);
  device->watch.hurry();
}

bool stream_queue::transfer(std::unique_lock<short_mutex>& lock, time_point deadline) {
  command* const c = stored_.first();
  // What is before it becomes complete while this thread copies.
  signal();
  if (is_lost_) return false;
  stage_ = stage::transferring;
  lock.unlock();
  bool is_done = true;
  std::optional<error> failure;
  try {
    is_done = stream_->transfer(std::get<drivers::copy_command>(c->action), [this, deadline] {
      return is_interrupted_.load(std::memory_order_relaxed) || is_held_ || device->is_lost() ||
             std::chrono::steady_clock::now() >= deadline;
    });
  } catch (const error& e) {
    failure = e;
  }
  lock.lock();
  stage_ = stage::free;
  if (failure) fail(c->number, *failure);
  if (!is_done) return false; // begun again from its start by whoever goes on
  under_way_.push_back(stored_.pop_front());
  handed_over_ = c->number;
  return true;
}

} // namespace dotcompute::detail
