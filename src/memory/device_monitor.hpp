// SPDX-License-Identifier: MIT
// Asks a device for its memory without ever waiting for it longer than it is worth.
#pragma once

#include "drivers/segment.hpp"
#include "support/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

namespace dotcompute::memory {

/// The last that was heard.
struct device_answer {
  std::optional<drivers::memory_usage> usage; ///< none: the device never answered
  std::int64_t time = 0;                      ///< nanoseconds, when it did
  bool is_stale = false;                      ///< it did not answer this question in time
};

/// One thread asks, one keeps the deadlines; both start with the first question, and there are never more, so questions
/// of a device that hangs pile up no threads. Closing does not wait for a thread that hangs in the device: it owns what
/// it touches and is left alone. Thread-safe.
class device_monitor {
 public:
  static constexpr auto patience = std::chrono::milliseconds(8); ///< answers within 10 ms, with time to wake up

  explicit device_monitor(std::function<drivers::memory_usage()> query);
  ~device_monitor() { close(); }
  device_monitor(const device_monitor&) = delete;
  device_monitor& operator=(const device_monitor&) = delete;

  /// Calls `done` once, on a thread of the monitor's: with the answer, with the last one after `wait`, or with
  /// nothing when a stop was requested or the monitor closes. What `done` throws ends the process. Throws
  /// out_of_threads.
  void ask(std::function<void(const device_answer*)> done, std::stop_token stop,
           std::chrono::nanoseconds wait = patience);
  /// Waits; the last answer after `wait`.
  device_answer ask(std::chrono::nanoseconds wait);
  /// Ends both threads and answers every question with nothing, as later ones are. last() stays.
  void close() noexcept;
  /// Without asking and without a lock.
  device_answer last() const noexcept;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace dotcompute::memory
