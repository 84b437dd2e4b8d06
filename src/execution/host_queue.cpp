// SPDX-License-Identifier: MIT
// Storing commands and deciding who runs them.
#include "execution/host_queue.hpp"

#include "support/futex.hpp"

namespace dotcompute::detail {

using execution::command;

namespace {

constexpr std::uint64_t worth_waking = 16; // stored commands; below, the driver's watch is soon enough
constexpr double long_launch = 20e3;       // nanoseconds; a thread should start on it at once
constexpr double bytes_a_nanosecond = 4;   // for judging copies, on the safe side
constexpr auto spin_time = std::chrono::microseconds(20);
constexpr auto patient = std::chrono::seconds(1);

/// Negative when unknown.
double expected_time(const drivers::host_executor& d, const command& c) {
  if (const auto* launch = std::get_if<drivers::launch_command>(&c.action)) return d.expected_nanoseconds(*launch);
  if (const auto* copy = std::get_if<drivers::copy_command>(&c.action))
    return static_cast<double>(copy->bytes) / bytes_a_nanosecond;
  if (const auto* fill = std::get_if<drivers::fill_command>(&c.action))
    return static_cast<double>(fill->bytes) / bytes_a_nanosecond;
  return 0;
}

} // namespace

host_queue::host_queue(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held,
                       const queue_description& d)
    : queue_state(std::move(owner), std::move(held), d), host_(*device->driver->host()) {}

host_queue::~host_queue() {
  host_.forget(this);
}

std::uint64_t host_queue::submit(std::unique_lock<short_mutex>& lock, command*& given) {
  require_lease(lock);
  // Judged before others can see the command: after that it may be done and reused at any moment.
  const double expected = expected_time(host_, *given);
  if (given->subject) given->keep.add(given->subject->owner());
  command* const c = std::exchange(given, nullptr);
  c->queued = now_nanoseconds();
  const std::uint64_t number = c->number = submitted_.load(std::memory_order_relaxed) + 1;
  stored_.push_back(c);
  last_submission_.store(c->queued, std::memory_order_relaxed);
  submitted_.store(number, std::memory_order_seq_cst);
  const std::uint64_t stored = number - line.completed();
  const bool at_rest = state_.load(std::memory_order_relaxed) == activity::rest;
  lock.unlock();
  if (at_rest) {
    if (expected > long_launch || stored >= worth_waking)
      host_.start(self());
    else
      host_.expect_soon();
  }
  return number;
}

void host_queue::run() noexcept {
  command* c;
  {
    const std::lock_guard lock(guard_);
    if (stored_.empty() || is_held_ || state_.load(std::memory_order_relaxed) != activity::rest) return;
    state_.store(activity::running, std::memory_order_relaxed);
    c = stored_.pop_front();
  }
  advance(c, {});
}

// A kernel that never ends would keep a lent thread past its deadline, so a thread with little time only runs what is
// known to be short.
bool host_queue::may_run(const command& c, time_point deadline) const {
  const auto left = deadline - std::chrono::steady_clock::now();
  if (left >= patient) return true;
  const double expected = expected_time(host_, c);
  return expected >= 0 && expected * 4 < std::chrono::duration<double, std::nano>(left).count();
}

bool host_queue::help(std::uint64_t number, time_point deadline, unsigned depth) {
  std::unique_lock lock(guard_);
  switch (state_.load(std::memory_order_relaxed)) {
  case activity::running: {
    lock.unlock();
    return assist(deadline);
  }
  case activity::blocked: {
    const event by = blocked_by_;
    lock.unlock();
    // Waits form no cycles, since an event exists before a wait for it; the depth only bounds the stack.
    return depth < 16 && by.queue() && !by.queue()->line.has_reached(by.number()) &&
           by.queue()->help(by.number(), deadline, depth + 1);
  }
  case activity::rest: break;
  }
  if (stored_.empty() || is_held_ || stored_.first()->number > number) return false;
  if (!may_run(*stored_.first(), deadline)) {
    lock.unlock();
    host_.start(self());
    return false;
  }
  state_.store(activity::running, std::memory_order_relaxed);
  command* c = stored_.pop_front();
  lock.unlock();
  advance(c, {number, deadline, true});
  return true;
}

bool host_queue::wait(std::uint64_t number, time_point deadline) {
  while (!line.has_reached(number)) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    if (lends_) {
      if (help(number, deadline, 0)) continue;
    } else if (!is_taken_care_of()) {
      host_.start(self());
    }
    // What other threads do now often ends soon.
    const auto spin_until = std::min(deadline, now + spin_time);
    bool reached = false;
    while (!(reached = line.has_reached(number)) && std::chrono::steady_clock::now() < spin_until)
      spin_pause();
    if (!reached) line.sleep(number, deadline);
  }
  return true;
}

void host_queue::orphan() {
  bool idle;
  {
    const std::lock_guard lock(guard_);
    if (stored_.empty() && state_.load(std::memory_order_relaxed) == activity::rest) return;
    self_ = self();
    idle = state_.load(std::memory_order_relaxed) == activity::rest;
  }
  if (idle) host_.start(self());
}

} // namespace dotcompute::detail
