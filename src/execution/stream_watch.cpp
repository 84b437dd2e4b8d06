// SPDX-License-Identifier: MIT
#include "execution/stream_watch.hpp"

#include "support/quiet_signals.hpp"

#include <dotcompute/error.hpp>

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <vector>

namespace dotcompute::execution {

namespace {

constexpr auto urgent_interval = std::chrono::microseconds(50);
constexpr auto relaxed_interval = std::chrono::milliseconds(1);
constexpr auto idle_interval = std::chrono::milliseconds(10);
constexpr auto stays_awake = std::chrono::seconds(1);

} // namespace

struct stream_watch::state {
  std::mutex guard;
  std::condition_variable changed;
  std::vector<std::weak_ptr<watched_stream>> streams;
  bool stopping = false, hurried = false;
  /// Whoever submits after this is set sees it and hurries the thread. What was submitted before, and by a processor
  /// whose stores were still on their way, is found by one more look, idle_interval later.
  std::atomic<bool> asleep{true};

  void serve();
  attention look_at_all();
};

attention stream_watch::state::look_at_all() {
  std::vector<std::shared_ptr<watched_stream>> present;
  {
    const std::lock_guard lock(guard);
    for (auto s = streams.begin(); s != streams.end();) {
      if (auto found = s->lock()) {
        present.push_back(std::move(found));
        ++s;
      } else {
        s = streams.erase(s);
      }
    }
  }
  attention most = attention::none;
  for (auto& s : present) {
    most = std::max(most, s->look());
    // It may be the last handle of the queue and so of the device, whose destructor then runs on this thread.
    s.reset();
  }
  return most;
}

void stream_watch::state::serve() {
  auto last_work = std::chrono::steady_clock::now();
  for (;;) {
    const attention wanted = look_at_all();
    const auto now = std::chrono::steady_clock::now();
    std::unique_lock lock(guard);
    if (wanted != attention::none || hurried) {
      last_work = now;
      asleep.store(false, std::memory_order_seq_cst);
    }
    std::chrono::nanoseconds pause = idle_interval;
    if (wanted == attention::urgent)
      pause = urgent_interval;
    else if (wanted == attention::relaxed)
      pause = relaxed_interval;
    else if (now - last_work >= stays_awake && asleep.exchange(true, std::memory_order_seq_cst))
      pause = std::chrono::hours(1);
    hurried = false;
    changed.wait_for(lock, pause, [this] { return stopping || hurried; });
    if (stopping) return;
  }
}

stream_watch::stream_watch() : state_(std::make_shared<state>()), asleep_(&state_->asleep) {}

stream_watch::~stream_watch() {
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

void stream_watch::look_after(const std::shared_ptr<watched_stream>& stream) {
  const std::lock_guard lock(state_->guard);
  if (!thread_.joinable()) {
    const quiet_signals quiet;
    try {
      thread_ = std::thread([shared = state_] { shared->serve(); });
    } catch (const std::system_error& e) {
      throw error(error_code::out_of_threads, std::string("the thread that watches queues cannot start: ") + e.what());
    }
    pthread_setname_np(thread_.native_handle(), "dc-watch");
  }
  state_->streams.push_back(stream);
}

void stream_watch::hurry() noexcept {
  {
    const std::lock_guard lock(state_->guard);
    state_->hurried = true;
  }
  state_->changed.notify_one();
}

void stream_watch::carry(std::function<void()> call) {
  carrier_.start();
  carrier_.post(std::move(call));
}

} // namespace dotcompute::execution
