// SPDX-License-Identifier: MIT
// What both kinds of queue share.
#include "execution/queue_state.hpp"

#include "execution/host_queue.hpp"
#include "execution/memory_object.hpp"
#include "execution/stream_queue.hpp"

namespace dotcompute::detail {

using execution::command;

queue_state::queue_state(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held,
                         const queue_description& d)
    : device(std::move(owner)), lease(std::move(held)), name(d.name), lends_(d.lends), goes_on_(d.stream.goes_on) {}

queue_state::~queue_state() {
  if (memory_queue_ != memory::no_queue) device->memory.detach_queue(memory_queue_);
  // Only a queue at rest with nothing stored is ever destroyed (orphan() sees to it), so only spares are left.
  while (!spare_.empty())
    delete spare_.pop_front();
}

void queue_state::discard(command* c) noexcept {
  c->clear();
  const std::lock_guard lock(guard_);
  spare_.push_front(c);
}

std::uint64_t queue_state::last_submitted() {
  const std::lock_guard lock(guard_);
  return submitted();
}

void queue_state::refuse_submission(std::unique_lock<short_mutex>& lock) {
  lock.unlock();
  throw lease->refusal("submit to queue '" + name + "'");
}

std::optional<error> queue_state::take_first_error() {
  const std::lock_guard lock(failure_guard_);
  failing_.store(false, std::memory_order_relaxed);
  return std::exchange(first_error_, std::nullopt);
}

std::optional<error> queue_state::reason_to_skip() {
  if (!is_skipping()) return {};
  const std::lock_guard lock(failure_guard_);
  if (!first_error_) return {};
  return error(error_code::earlier_command_failed,
               "skipped, because an earlier command failed: " + first_error_->message(),
               device->describe("queue '" + name + "'", "finish() reports the first error and clears it."));
}

std::optional<error> queue_state::changed_content(const command& c) const {
  for (const execution::buffer_use& u : c.uses)
    if (u.reads && u.memory->is_changed()) return u.memory->changed_error("queue '" + name + "'");
  return {};
}

void queue_state::begin_writing(command& c) noexcept {
  if (std::exchange(c.is_writing, true)) return;
  for (const execution::buffer_use& u : c.uses) {
    if (u.writes) u.memory->begin_write();
    if (u.is_whole) u.memory->accept();
  }
}

void queue_state::end_writing(command& c) noexcept {
  if (!std::exchange(c.is_writing, false)) return;
  for (const execution::buffer_use& u : c.uses)
    if (u.writes) u.memory->end_write();
}

void queue_state::note_failure(const error& e) {
  const std::lock_guard lock(failure_guard_);
  if (!first_error_) first_error_ = e;
  failing_.store(true, std::memory_order_relaxed);
}

memory::queue_id queue_state::memory_queue() {
  const std::lock_guard lock(guard_);
  if (memory_queue_ == memory::no_queue) memory_queue_ = device->memory.attach_queue(weak_from_this());
  return memory_queue_;
}

std::shared_ptr<queue_state> make_queue(const std::shared_ptr<device_state>& device,
                                        const std::shared_ptr<lease_state>& lease, queue_description d) {
  device->require_present("make a queue");
  if (drivers::host_executor* const host = device->driver->host()) {
    auto made = std::make_shared<host_queue>(device, lease, d);
    if (lease) lease->add(made);
    host->look_after(made);
    device->add_queue(made);
    return made;
  }
  // A worker that drives the processors writes times down for nothing.
  if (const auto* const far = dynamic_cast<const isolated::isolated_driver*>(device->driver.get()))
    d.stream.records_times = d.stream.records_times || far->link().description().has_host_executor;
  auto made = std::make_shared<stream_queue>(device, lease, d);
  if (lease) lease->add(made);
  if (device->supervisor)
    device->supervisor->look_after(made);
  else
    device->add_queue(made);
  device->watch.look_after(made);
  return made;
}

} // namespace dotcompute::detail
