// SPDX-License-Identifier: MIT
// A queue's 64-bit counter of completed commands, and everybody who waits for it.
#pragma once

#include "support/clock.hpp"

#include <dotcompute/error.hpp>
#include <dotcompute/event.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

namespace dotcompute::execution {

/// Command N is done when completed() >= N. Written by one thread at a time, in order; read by any.
class timeline {
 public:
  std::uint64_t completed() const noexcept { return completed_.load(std::memory_order_seq_cst); }
  bool has_reached(std::uint64_t number) const noexcept { return completed_.load(std::memory_order_acquire) >= number; }

  void record_times(std::uint64_t number, const event_times& t) noexcept;
  known<event_times> times(std::uint64_t number) const noexcept;

  /// Before complete(number). Failures next to each other with the same error are kept as one.
  void record_failure(std::uint64_t number, const error& e);
  std::optional<error> failure(std::uint64_t number) const;

  /// Wakes who waits for `number` or less, and makes their calls on this thread.
  void complete(std::uint64_t number);

  /// Sleeps until `number` is reached or `deadline`; may return early.
  void sleep(std::uint64_t number, time_point deadline) const;

  /// Makes `call` once `number` is reached: on the thread that completes it, or at once on this one.
  void when_reached(std::uint64_t number, std::function<void()> call);

 private:
  struct failed_range {
    std::uint64_t first, last;
    error reason;
  };
  struct times_record {
    std::atomic<std::uint64_t> number{0};
    std::atomic<std::int64_t> queued{0}, started{0}, finished{0};
  };
  static constexpr std::size_t remembered_times = 1024, remembered_failures = 4096;

  alignas(64) std::atomic<std::uint64_t> completed_{0};
  /// Who sleeps counts itself before it looks at completed_; who completes stores completed_ before it looks at the
  /// count. So either the sleeper sees the completion, or the completer sees the sleeper and changes the word that it
  /// sleeps on.
  mutable std::atomic<std::uint32_t> sleepers_{0}, wake_word_{0};
  std::atomic<bool> has_calls_{false}, has_failures_{false};

  mutable std::mutex guard_; ///< of all below
  std::multimap<std::uint64_t, std::function<void()>> calls_;
  std::deque<failed_range> failures_;
  std::uint64_t forgotten_ = 0; ///< outcomes up to here are no longer known
  std::array<times_record, remembered_times> times_;
};

} // namespace dotcompute::execution
