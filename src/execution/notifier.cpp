// SPDX-License-Identifier: MIT
#include "execution/notifier.hpp"

#include "support/log.hpp"
#include "support/quiet_signals.hpp"

#include <dotcompute/error.hpp>

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <system_error>

namespace dotcompute::execution {

struct notifier::state {
  std::mutex guard;
  std::condition_variable changed;
  std::deque<std::function<void()>> calls;
  bool stopping = false;

  void serve() {
    std::unique_lock lock(guard);
    for (;;) {
      while (calls.empty() && !stopping)
        changed.wait_for(lock, std::chrono::hours(1));
      if (calls.empty()) return;
      auto call = std::move(calls.front());
      calls.pop_front();
      lock.unlock();
      try {
        call();
      } catch (const std::exception& e) {
        log::error("a callback of an event failed: {}", e.what());
      } catch (...) {
        log::error("a callback of an event failed with an unknown exception");
      }
      // What the callback holds may be the last handle of the device, whose destructor takes the guard.
      call = nullptr;
      lock.lock();
    }
  }
};

notifier::notifier() : state_(std::make_shared<state>()) {}

notifier::~notifier() {
  {
    const std::lock_guard lock(state_->guard);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (!thread_.joinable()) return;
  if (thread_.get_id() == std::this_thread::get_id())
    thread_.detach();
  else
    thread_.join();
}

void notifier::start() {
  const std::lock_guard lock(state_->guard);
  if (thread_.joinable()) return;
  const quiet_signals quiet;
  try {
    thread_ = std::thread([shared = state_] { shared->serve(); });
  } catch (const std::system_error& e) {
    throw error(error_code::out_of_threads, std::string("the notification thread could not be started: ") + e.what());
  }
  pthread_setname_np(thread_.native_handle(), "dc-notify");
}

void notifier::post(std::function<void()> call) {
  const std::lock_guard lock(state_->guard);
  state_->calls.push_back(std::move(call));
  state_->changed.notify_one();
}

} // namespace dotcompute::execution
