// SPDX-License-Identifier: MIT
// The thread that takes checksums and compares them.
#include "execution/content_guard.hpp"

#include "execution/memory_object.hpp"
#include "support/log.hpp"
#include "support/processor_budget.hpp"
#include "support/quiet_signals.hpp"

#include <pthread.h>

#include <algorithm>
#include <system_error>

namespace dotcompute::execution {

namespace {

constexpr auto retry_time = std::chrono::seconds(1);
constexpr auto check_interval = std::chrono::milliseconds(5);
constexpr std::size_t most_changed = 256; // changed buffers in a report
constexpr unsigned most_threads = 16;     // more do not read memory faster

} // namespace

content_guard::~content_guard() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
    abandons_.store(true, std::memory_order_relaxed);
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void content_guard::start() {
  const std::lock_guard making(making_);
  if (thread_.joinable()) return;
  const quiet_signals quiet;
  try {
    thread_ = std::thread([this] { serve(); });
  } catch (const std::system_error& e) {
    throw error(error_code::out_of_threads, std::string("the thread that guards buffers cannot start: ") + e.what());
  }
  pthread_setname_np(thread_.native_handle(), "dc-guard");
}

bool content_guard::is_abandoned() const noexcept {
  return abandons_.load(std::memory_order_relaxed) || is_suspended_.load(std::memory_order_relaxed) ||
         device_.is_lost();
}

void content_guard::serve() noexcept {
  for (;;) {
    job j;
    {
      std::unique_lock lock(guard_);
      for (;;) {
        time_point until = deadline_after(std::chrono::hours(1));
        if (stopping_) return;
        if (next(j, until)) break;
        changed_.notify_all(); // what was asked for may be done
        if (released_.empty()) {
          changed_.wait_until(lock, until);
          continue;
        }
        lock.unlock();
        call_released();
        lock.lock();
      }
      busy_ = j.memory.get();
      abandons_.store(false, std::memory_order_relaxed);
    }
    work_on(j);
    if (device_.is_lost()) give_up();
  }
}

bool content_guard::next(job& j, time_point& until) {
  if (is_suspended_.load(std::memory_order_relaxed) || has_given_up_) return false;
  if (after_recovery_) {
    if (take_from(after_recovery_, j)) return true;
    conclude_recovery();
  }
  for (; !asked_.empty(); asked_.pop_front()) {
    if (take_from(asked_.front(), j)) return true;
    conclude(*asked_.front());
  }
  const auto now = std::chrono::steady_clock::now();
  for (auto& [memory, r] : records_) {
    if (!r.sums.empty() || memory->is_being_written()) continue;
    if (r.due > now)
      until = std::min(until, r.due);
    else if (auto held = r.memory.lock())
      return j = {std::move(held), r.writes, {}, nullptr}, true;
  }
  return false;
}

bool content_guard::take_from(const std::shared_ptr<inspection>& from, job& j) {
  while (!from->left.empty()) {
    const auto found = records_.find(from->left.front());
    from->left.pop_front();
    if (found == records_.end()) continue;
    auto& [memory, r] = *found;
    if (r.sums.empty() || memory->is_being_written()) {
      ++from->report.buffers_unverified;
      if (from == after_recovery_) release(*memory, r);
    } else if (auto held = r.memory.lock()) {
      j = {std::move(held), r.writes, r.sums, from};
      return true;
    }
  }
  return false;
}

void content_guard::work_on(job& j) {
  std::vector<std::uint64_t> sums;
  bool is_whole = false;
  try {
    // The memory of a lease may be revoked; then it goes back when this has looked.
    const detail::host_access looking(j.memory, "guard a buffer");
    is_whole = sum(*j.memory, sums, j.of != nullptr);
  } catch (const std::exception& e) {
    if (!j.memory->is_ended())
      log::error("device {}: the checksum of a guarded buffer {} could not be made: {}", device_.id,
                 j.memory->describe(), e.what());
  }
  std::optional<difference> changed;
  if (is_whole && j.of && sums != j.expected) {
    const auto first = std::mismatch(sums.begin(), sums.end(), j.expected.begin()).first - sums.begin();
    const auto last = sums.rend() - std::mismatch(sums.rbegin(), sums.rend(), j.expected.rbegin()).first;
    changed = difference{j.memory->describe(), j.memory->tag_name(), static_cast<std::uint64_t>(first) * checksum_piece,
                         std::min(static_cast<std::uint64_t>(last) * checksum_piece, j.memory->size) - 1};
  }
  bool owes_release;
  {
    const std::lock_guard lock(guard_);
    settle(j, is_whole, std::move(sums), changed);
    busy_ = nullptr;
    owes_release = std::exchange(owes_release_, false);
  }
  changed_.notify_all();
  call_released();
  if (owes_release) j.memory->free_released();
  // It may be the last handle of the device, whose end waits for this thread.
  device_.notifier.post([given_back = std::move(j.memory)] {});
}

void content_guard::settle(const job& j, bool is_whole, std::vector<std::uint64_t>&& sums,
                           const std::optional<difference>& changed) {
  const auto found = records_.find(j.memory.get());
  if (found == records_.end()) return;
  record& r = found->second;
  const bool is_suspended = is_suspended_.load(std::memory_order_relaxed);
  const bool is_current = is_whole && r.writes == j.writes && !j.memory->is_being_written();
  if (!is_whole && !is_suspended && r.writes == j.writes) r.due = deadline_after(retry_time);
  if (!j.of) {
    if (is_current) r.sums = std::move(sums);
    return;
  }
  if (!is_whole && is_suspended) return j.of->left.push_front(j.memory.get());
  if (is_current)
    judge(j, changed);
  else
    ++j.of->report.buffers_unverified;
  if (j.of == after_recovery_) release(*j.memory, r);
}

void content_guard::judge(const job& j, const std::optional<difference>& changed) {
  guard_report& report = j.of->report;
  if (!changed) {
    ++report.buffers_verified;
    report.bytes_verified += j.memory->size;
    return;
  }
  ++report.buffers_changed;
  if (report.changed.size() < most_changed)
    report.changed.push_back({changed->what, changed->tag, j.memory->size, changed->first_byte, changed->last_byte});
  j.memory->mark_changed();
  log::error("device {}: the guarded buffer {} was changed by what is no command of it, between bytes {} and {}",
             device_.id, changed->what, changed->first_byte, changed->last_byte);
}

bool content_guard::sum(const detail::memory_object& memory, std::vector<std::uint64_t>& sums, bool with_all_threads) {
  static const unsigned threads = std::min(most_threads, read_processor_budget().threads);
  sums.resize(pieces_of(memory.size));
  if (!memory.is_host_visible()) return sum_on_device(memory, sums);
  return checksum_pieces({memory.address(), memory.size}, sums, with_all_threads ? threads : 1,
                         [this] { return is_abandoned(); });
}

bool content_guard::sum_on_device(const detail::memory_object& memory, std::vector<std::uint64_t>& sums) {
  for (std::uint64_t at = 0; at < memory.size; at += device_checksum::most_bytes) {
    {
      const std::lock_guard lock(device_guard_);
      if (is_abandoned()) return false;
      kernel_->begin(memory.address() + at, std::min(device_checksum::most_bytes, memory.size - at));
    }
    auto checked = std::chrono::steady_clock::now();
    // To its end, whatever is wanted, since the device reads the memory; but not beyond that of the process it runs in.
    for (int i = 0; !kernel_->is_done(); ++i) {
      if (is_suspended_.load(std::memory_order_seq_cst) || device_.is_lost()) return false;
      if (i > 100) std::this_thread::sleep_for(std::chrono::microseconds(20));
      if (const auto now = std::chrono::steady_clock::now(); now - checked >= check_interval) {
        checked = now;
        const std::lock_guard lock(device_guard_);
        if (!is_suspended_.load(std::memory_order_relaxed)) kernel_->check();
      }
    }
    std::ranges::copy(kernel_->sums(), sums.begin() + static_cast<std::ptrdiff_t>(at / checksum_piece));
  }
  return true;
}

} // namespace dotcompute::execution
