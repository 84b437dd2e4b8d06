// SPDX-License-Identifier: MIT
#include "execution/lease_state.hpp"

#include "execution/memory_object.hpp"
#include "execution/queue_state.hpp"

#include <dotcompute/memory.hpp>

#include <algorithm>

namespace dotcompute {

std::string_view to_string(lease_status status) noexcept {
  switch (status) {
  case lease_status::active: return "active";
  case lease_status::draining: return "draining";
  case lease_status::revoked: break;
  }
  return "revoked";
}

} // namespace dotcompute

namespace dotcompute::detail {

lease_state::lease_state(std::shared_ptr<device_state> owner, const lease_options& given)
    : device(std::move(owner)), options(given) {
  device->require_present("make a lease");
  if (options.name.empty())
    throw error(error_code::invalid_argument, "a lease without a name",
                device->describe("make a lease", "Name it after whoever holds it."));
  counts_.memory_budget = options.memory_budget;
  counts_.most_queues = options.most_queues;
}

error lease_state::refusal(const std::string& operation) const {
  return error(error_code::lease_revoked,
               "lease '" + options.name + (status() == lease_status::revoked ? "' was revoked" : "' is being revoked"),
               device->describe(operation, "Take another lease."));
}

lease_statistics lease_state::statistics() const {
  const std::lock_guard lock(guard_);
  return counts_;
}

void lease_state::add(memory_object& made, std::uint64_t bytes) {
  const std::string operation = "make a buffer";
  std::unique_lock lock(guard_);
  if (!is_active()) throw refusal(operation);
  const std::uint64_t budget = options.memory_budget.value_or(~std::uint64_t{0}), had = counts_.bytes;
  if (bytes > budget - had) {
    ++counts_.refused;
    lock.unlock();
    throw allocation_error(allocation_failure::budget, bytes,
                           std::to_string(bytes) + " bytes were asked for; lease '" + options.name + "' has " +
                               std::to_string(had) + " of a budget of " + std::to_string(budget),
                           device->describe(operation, "Free buffers of the lease, or make smaller ones."));
  }
  buffers_.insert(&made);
  counts_.bytes += bytes;
  counts_.peak_bytes = std::max(counts_.peak_bytes, counts_.bytes);
  ++counts_.buffers;
}

bool lease_state::remove(memory_object& gone, std::uint64_t bytes) noexcept {
  const std::lock_guard lock(guard_);
  if (buffers_.erase(&gone) == 0) return false;
  counts_.bytes -= bytes;
  --counts_.buffers;
  return true;
}

bool lease_state::begin_revocation(time_point deadline) {
  std::unique_lock lock(guard_);
  const time_point until = std::min(deadline, deadline_after(std::chrono::hours(1)));
  if (!revocation_ended_.wait_until(lock, until, [this] { return !is_in_revocation_; })) return false;
  is_in_revocation_ = true;
  return true;
}

void lease_state::end_revocation() noexcept {
  {
    const std::lock_guard lock(guard_);
    is_in_revocation_ = false;
  }
  revocation_ended_.notify_one();
}

void lease_state::end_buffers(revoke_result& result) noexcept {
  // A buffer that goes away meanwhile waits for the guard, so none that is visited here is gone.
  const std::lock_guard lock(guard_);
  for (memory_object* const m : buffers_) {
    ++result.buffers_ended;
    // Looked at only once it has ended: before that its constructor may be at work. A reset may have discarded it.
    if (!m->end())
      result.bytes_held += m->size;
    else if (!m->is_stale())
      result.bytes_freed += m->size;
  }
  buffers_.clear();
  counts_.bytes = counts_.buffers = 0;
}

std::shared_ptr<void> lease_state::seat() {
  const std::lock_guard lock(guard_);
  if (!is_active()) throw refusal("make a queue");
  if (options.most_queues && counts_.queues >= *options.most_queues)
    throw error(error_code::limit_exceeded,
                "lease '" + options.name + "' has " + std::to_string(counts_.queues) + " queues, as many as it may",
                device->describe("make a queue", "Let a queue of the lease go first."));
  // The counter outlives what is counted by it: both the queue and its handles keep the lease.
  std::shared_ptr<void> taken(nullptr, [self = shared_from_this()](void*) {
    const std::lock_guard again(self->guard_);
    --self->counts_.queues;
  });
  ++counts_.queues;
  return taken;
}

void lease_state::add(const std::shared_ptr<queue_state>& made) {
  const std::lock_guard lock(guard_);
  if (!is_active()) throw refusal("make a queue");
  std::erase_if(queues_, [](const auto& q) { return q.expired(); });
  queues_.push_back(made);
}

std::vector<std::shared_ptr<queue_state>> lease_state::queues() const {
  std::vector<std::shared_ptr<queue_state>> present;
  const std::lock_guard lock(guard_);
  for (const auto& q : queues_)
    if (auto found = q.lock()) present.push_back(std::move(found));
  return present;
}

} // namespace dotcompute::detail
