// SPDX-License-Identifier: MIT
// Running stored commands, one after another, on whatever thread the queue is on.
#include "execution/host_queue.hpp"

namespace dotcompute::detail {

using execution::command;

namespace {

// Set while this thread is lent to a driver through assist(): it finishes commands of queues, but does not go on with
// them.
thread_local bool only_assisting = false;

} // namespace

void host_queue::come_to(activity a) noexcept {
  stored_.splice_front(due_);
  spare_.splice_front(done_);
  state_.store(a, std::memory_order_relaxed);
}

command* host_queue::next(command* done, const lending& how) {
  constexpr std::size_t many = 64; // spares that are better in the hands of those who store
  done_.push_front(done);
  if (!due_.empty() && !is_held_ && due_.first()->number <= how.up_to && done_.size() < many) return due_.pop_front();
  std::shared_ptr<host_queue> leftover, last;
  {
    const std::lock_guard lock(guard_);
    spare_.splice_front(done_);
    if (due_.empty()) std::swap(due_, stored_);
    if (!due_.empty() && !is_held_ && due_.first()->number <= how.up_to) return due_.pop_front();
    come_to(activity::rest);
    if (stored_.empty())
      last = std::move(self_);
    else if (!is_held_) // else release() goes on with it
      leftover = self();
  }
  if (leftover) host_.start(std::move(leftover));
  // `last` may be the last handle of the queue; callers touch nothing of it after null.
  return nullptr;
}

void host_queue::advance(command* c, const lending& how) {
  while (c) {
    c->started = now_nanoseconds();
    std::optional<error> failure = reason_to_skip();
    if (!failure) failure = changed_content(*c);
    running_ = c;
    drivers::outcome out{drivers::progress::done, c->started};
    if (!failure) {
      begin_writing(*c);
      const drivers::execution_context context{c->started, how.leave_by, how.is_lent, {&on_finished, this}};
      if (const auto* launch = std::get_if<drivers::launch_command>(&c->action)) {
        out = host_.execute(*launch, context);
      } else if (const auto* copy = std::get_if<drivers::copy_command>(&c->action)) {
        out = host_.execute(*copy, context);
      } else if (const auto* fill = std::get_if<drivers::fill_command>(&c->action)) {
        out = host_.execute(*fill, context);
      } else if (const auto* wait = std::get_if<execution::wait_command>(&c->action)) {
        if (!pass_wait(c)) return;
        // An event of no queue is complete and cannot have failed.
        if (const auto& other = wait->awaited.queue()) failure = other->line.failure(wait->awaited.number());
        out.finished = now_nanoseconds();
      }
    }
    // From here on another thread has the queue.
    if (out.state == drivers::progress::continues) return;
    if (out.state == drivers::progress::out_of_memory)
      failure = error(error_code::out_of_memory, "a thread of the device had no memory to run the command",
                      device->describe("queue '" + name + "'"));
    complete(c, out.finished, failure);
    c = next(c, how);
  }
}

bool host_queue::assist(time_point deadline) {
  only_assisting = true;
  const bool took_part = host_.assist(this, deadline);
  only_assisting = false;
  return took_part;
}

void host_queue::on_finished(void* context, std::int64_t finished, bool succeeded) {
  // Held until the end: once the queue is at rest, others may drop the last handle.
  const auto queue = static_cast<host_queue*>(context)->self();
  command* c = queue->running_;
  std::optional<error> failure;
  if (!succeeded)
    failure = error(error_code::out_of_memory, "a thread of the device had no memory to run the command",
                    queue->device->describe("queue '" + queue->name + "'"));
  queue->complete(c, finished, failure);
  const lending how = only_assisting ? lending{0, time_point::max(), true} : lending{};
  queue->advance(queue->next(c, how), how);
}

void host_queue::complete(command* c, std::int64_t finished, const std::optional<error>& failure) {
  const std::uint64_t number = c->number;
  line.record_times(number, {c->queued, c->started, finished});
  if (failure) {
    line.record_failure(number, *failure);
    note_failure(*failure);
  }
  end_writing(*c);
  c->clear();
  line.complete(number);
}

bool host_queue::pass_wait(command* c) {
  const event awaited = std::get<execution::wait_command>(c->action).awaited;
  if (!awaited.queue() || awaited.queue()->line.has_reached(awaited.number())) return true;
  {
    // The command goes back to the front; when the event is complete, whoever runs the queue next passes it.
    const std::lock_guard lock(guard_);
    due_.push_front(c);
    blocked_by_ = awaited;
    come_to(activity::blocked);
  }
  awaited.queue()->when_reached(awaited.number(), [queue = self()] { queue->unblock(); });
  return false;
}

void host_queue::unblock() {
  event passed; // may be the last handle of its queue, so it goes after the guard
  {
    const std::lock_guard lock(guard_);
    std::swap(passed, blocked_by_);
    state_.store(activity::rest, std::memory_order_relaxed);
  }
  host_.start(self());
}

} // namespace dotcompute::detail
