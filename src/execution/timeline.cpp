// SPDX-License-Identifier: MIT
#include "execution/timeline.hpp"

#include "support/futex.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace dotcompute::execution {

// A sequence lock a record: the number is cleared before and set after the times, so a reader that sees the same
// number before and after reading has read one consistent record.
void timeline::record_times(std::uint64_t number, const event_times& t) noexcept {
  times_record& r = times_[number % remembered_times];
  r.number.store(0, std::memory_order_relaxed);
  r.queued.store(t.queued, std::memory_order_release);
  r.started.store(t.started, std::memory_order_release);
  r.finished.store(t.finished, std::memory_order_release);
  r.number.store(number, std::memory_order_release);
}

known<event_times> timeline::times(std::uint64_t number) const noexcept {
  const times_record& r = times_[number % remembered_times];
  if (r.number.load(std::memory_order_acquire) != number) return {};
  const event_times t{r.queued.load(std::memory_order_acquire), r.started.load(std::memory_order_acquire),
                      r.finished.load(std::memory_order_acquire)};
  if (r.number.load(std::memory_order_relaxed) != number) return {};
  return t;
}

void timeline::record_failure(std::uint64_t number, const error& e) {
  const std::lock_guard lock(guard_);
  has_failures_.store(true, std::memory_order_relaxed);
  if (!failures_.empty() && failures_.back().last + 1 == number && failures_.back().reason.code() == e.code() &&
      failures_.back().reason.message() == e.message()) {
    failures_.back().last = number;
    return;
  }
  failures_.push_back({number, number, e});
  if (failures_.size() > remembered_failures) {
    forgotten_ = failures_.front().last;
    failures_.pop_front();
  }
}

std::optional<error> timeline::failure(std::uint64_t number) const {
  if (!has_failures_.load(std::memory_order_relaxed)) return {};
  const std::lock_guard lock(guard_);
  const auto after = std::upper_bound(failures_.begin(), failures_.end(), number,
                                      [](std::uint64_t n, const failed_range& f) { return n < f.first; });
  if (after != failures_.begin() && std::prev(after)->last >= number) return std::prev(after)->reason;
  // Unknown is not success: so long ago that failures of that time are no longer kept.
  if (number <= forgotten_)
    return error(error_class::fatal, error_code::unknown,
                 "the outcome of command " + std::to_string(number) + " is no longer known");
  return {};
}

void timeline::complete(std::uint64_t number) {
  completed_.store(number, std::memory_order_seq_cst);
  if (sleepers_.load(std::memory_order_seq_cst) != 0) {
    wake_word_.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(wake_word_, std::numeric_limits<std::uint32_t>::max());
  }
  // The same handshake as with sleepers: when_reached() announces before it looks at completed_.
  if (!has_calls_.load(std::memory_order_seq_cst)) return;
  std::vector<std::function<void()>> due;
  {
    const std::lock_guard lock(guard_);
    const auto end = calls_.upper_bound(number);
    for (auto c = calls_.begin(); c != end; ++c)
      due.push_back(std::move(c->second));
    calls_.erase(calls_.begin(), end);
    has_calls_.store(!calls_.empty(), std::memory_order_seq_cst);
  }
  for (auto& call : due)
    call();
}

void timeline::sleep(std::uint64_t number, time_point deadline) const {
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  const std::uint32_t seen = wake_word_.load(std::memory_order_seq_cst);
  if (completed_.load(std::memory_order_seq_cst) < number) futex_wait(wake_word_, seen, deadline);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

void timeline::when_reached(std::uint64_t number, std::function<void()> call) {
  {
    const std::lock_guard lock(guard_);
    has_calls_.store(true, std::memory_order_seq_cst);
    if (completed_.load(std::memory_order_seq_cst) < number) {
      calls_.emplace(number, std::move(call));
      return;
    }
    has_calls_.store(!calls_.empty(), std::memory_order_seq_cst);
  }
  call();
}

} // namespace dotcompute::execution
