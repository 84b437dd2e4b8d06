// SPDX-License-Identifier: MIT
// The thread that callbacks and coroutines of a device's events run on.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace dotcompute::execution {

/// Runs functions one after another in the order of post(). Thread-safe.
class notifier {
 public:
  notifier();
  /// Runs what was posted, then ends the thread. On the notifier's own thread: lets it end by itself.
  ~notifier();
  notifier(const notifier&) = delete;
  notifier& operator=(const notifier&) = delete;

  /// Starts the thread unless it runs. Throws out_of_threads.
  void start();
  /// After start(). What `call` throws is logged.
  void post(std::function<void()> call);

 private:
  struct state;
  std::shared_ptr<state> state_;
  std::thread thread_;
};

} // namespace dotcompute::execution
