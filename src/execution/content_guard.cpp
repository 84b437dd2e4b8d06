// SPDX-License-Identifier: MIT
// What is guarded, what is known of it, and who waits for it.
#include "execution/content_guard.hpp"

#include "execution/memory_object.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute::execution {

namespace {

constexpr auto rest_time = std::chrono::milliseconds(10); // a buffer that is written all the time is not summed up
constexpr std::size_t remembered_reports = 256;           // as the supervisor's

} // namespace

void content_guard::add(const std::shared_ptr<detail::memory_object>& memory) {
  if (!memory->is_host_visible()) {
    const std::lock_guard making(making_);
    if (!kernel_) {
      // Both wait for a worker that is being replaced, so not under the guard that the supervisor takes meanwhile.
      auto kernel = std::make_unique<device_checksum>(*device_.driver, make_kernel_());
      const std::lock_guard lock(device_guard_);
      kernel_ = std::move(kernel);
    }
  }
  device_.notifier.start();
  start();
  // Before the number of those who write it is looked at: whoever begins a write sees one or is seen by the other.
  memory->set_guarded(true);
  {
    const std::lock_guard lock(guard_);
    record& r = records_[memory.get()];
    r.memory = memory;
    ++r.writes;
    r.sums.clear();
    r.due = std::chrono::steady_clock::now();
    release(*memory, r);
    if (busy_ == memory.get()) abandons_.store(true, std::memory_order_relaxed);
  }
  changed_.notify_all();
  call_released();
}

bool content_guard::remove(detail::memory_object& memory) noexcept {
  bool is_free = true;
  {
    const std::lock_guard lock(guard_);
    const auto found = records_.find(&memory);
    if (found == records_.end()) return true;
    memory.set_guarded(false);
    release(memory, found->second);
    records_.erase(found);
    if (busy_ == &memory) {
      abandons_.store(true, std::memory_order_relaxed);
      owes_release_ = true;
      is_free = false;
    }
  }
  call_released();
  return is_free;
}

bool content_guard::knows(const detail::memory_object& memory) const noexcept {
  const std::lock_guard lock(guard_);
  const auto found = records_.find(const_cast<detail::memory_object*>(&memory));
  return found != records_.end() && !found->second.sums.empty();
}

const drivers::loaded_program* content_guard::program() const noexcept {
  const std::lock_guard lock(device_guard_);
  return kernel_ ? kernel_->program() : nullptr;
}

void content_guard::write_began(detail::memory_object& memory) noexcept {
  {
    const std::lock_guard lock(guard_);
    const auto found = records_.find(&memory);
    if (found == records_.end()) return;
    record& r = found->second;
    ++r.writes;
    r.sums.clear();
    release(memory, r);
    if (busy_ == &memory) abandons_.store(true, std::memory_order_relaxed);
  }
  call_released();
}

void content_guard::came_to_rest(detail::memory_object& memory) noexcept {
  {
    const std::lock_guard lock(guard_);
    const auto found = records_.find(&memory);
    if (found == records_.end()) return;
    found->second.due = deadline_after(rest_time);
  }
  changed_.notify_all();
}

void content_guard::when_verified(const detail::memory_object* memory, std::function<void()> call) {
  {
    const std::lock_guard lock(guard_);
    const auto found = records_.find(const_cast<detail::memory_object*>(memory));
    if (found != records_.end() && found->second.is_unverified) {
      found->second.waiting.push_back(std::move(call));
      return;
    }
  }
  call();
}

guard_report content_guard::verify(const std::shared_ptr<detail::memory_object>& only, time_point deadline) {
  const auto asked = std::make_shared<inspection>();
  asked->began = std::chrono::steady_clock::now();
  std::unique_lock lock(guard_);
  for (const auto& [memory, r] : records_)
    if (!only || only.get() == memory) asked->left.push_back(memory);
  if (asked->left.empty()) return {};
  if (asked->began < deadline) {
    asked_.push_back(asked);
    changed_.notify_all();
    changed_.wait_until(lock, std::min(deadline, deadline_after(std::chrono::hours(24))),
                        [&] { return asked->is_done || has_given_up_; });
    if (asked->is_done) return asked->report;
    std::erase(asked_, asked);
  }
  if (has_given_up_) throw device_.loss("verify buffers");
  throw error(error_code::deadline_exceeded,
              std::to_string(asked->left.size()) + " guarded buffers were not compared in time",
              device_.describe("verify buffers", "Give more time."));
}

void content_guard::suspend() noexcept {
  is_suspended_.store(true, std::memory_order_seq_cst);
  // Whoever submits holds this and has looked before.
  const std::lock_guard lock(device_guard_);
}

void content_guard::resume(std::uint64_t generation) noexcept {
  {
    const std::lock_guard lock(guard_);
    if (after_recovery_) conclude_recovery();
    after_recovery_ = std::make_shared<inspection>();
    after_recovery_->began = std::chrono::steady_clock::now();
    verified_generation_ = generation;
    for (auto r = records_.begin(); r != records_.end();) {
      detail::memory_object& memory = *r->first;
      if (memory.is_stale()) { // discarded by a reset
        memory.set_guarded(false);
        release(memory, r->second);
        r = records_.erase(r);
        continue;
      }
      if (r->second.sums.empty() || memory.is_being_written()) {
        release(memory, r->second);
        ++after_recovery_->report.buffers_unverified;
      } else {
        r->second.is_unverified = true;
        memory.set_unverified(true);
        after_recovery_->left.push_back(&memory);
      }
      ++r;
    }
    if (after_recovery_->left.empty()) conclude_recovery();
    is_suspended_.store(false, std::memory_order_seq_cst);
  }
  changed_.notify_all();
  call_released();
}

known<guard_report> content_guard::report_of(std::uint64_t generation) const {
  const std::lock_guard lock(guard_);
  for (auto r = reports_.rbegin(); r != reports_.rend(); ++r)
    if (r->first == generation) return r->second;
  return {};
}

void content_guard::give_up() noexcept {
  {
    const std::lock_guard lock(guard_);
    has_given_up_ = true;
    for (auto& [memory, r] : records_)
      release(*memory, r);
    if (after_recovery_) conclude_recovery();
  }
  changed_.notify_all();
  call_released();
}

void content_guard::release(detail::memory_object& memory, record& r) {
  r.is_unverified = false;
  memory.set_unverified(false);
  std::move(r.waiting.begin(), r.waiting.end(), std::back_inserter(released_));
  r.waiting.clear();
}

void content_guard::conclude(inspection& i) {
  i.is_done = true;
  i.report.buffers_unverified += i.left.size();
  i.left.clear();
  i.report.took = std::chrono::steady_clock::now() - i.began;
}

void content_guard::conclude_recovery() {
  conclude(*after_recovery_);
  reports_.emplace_back(verified_generation_, std::move(after_recovery_->report));
  if (reports_.size() > remembered_reports) reports_.pop_front();
  after_recovery_ = nullptr;
}

// On a thread of its own: what is called takes guards, and may hold the last handle of the device.
void content_guard::call_released() noexcept {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(guard_);
    calls.swap(released_);
  }
  for (auto& call : calls)
    device_.notifier.post(std::move(call));
}

} // namespace dotcompute::execution
