// SPDX-License-Identifier: MIT
// The threads that look after queues whose commands run in streams of the device: one looks how far they are, one
// carries bytes that the device cannot reach by itself.
#pragma once

#include "execution/notifier.hpp"
#include "support/clock.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

namespace dotcompute::execution {

/// What a watched queue wants.
enum class attention : std::uint8_t {
  none,    ///< nothing is under way
  relaxed, ///< commands are under way and nobody waits for them on this thread's account
  urgent,  ///< a callback, another queue or a stored command waits for what is under way
};

class watched_stream {
 public:
  virtual ~watched_stream() = default;
  /// Looks how far the device is, completes what is complete, hands over what can be.
  virtual attention look() noexcept = 0;
};

/// Thread-safe. Threads start when they are first needed.
class stream_watch {
 public:
  stream_watch();
  /// On one of its own threads: lets that thread end by itself.
  ~stream_watch();
  stream_watch(const stream_watch&) = delete;
  stream_watch& operator=(const stream_watch&) = delete;

  /// From now on, until it is gone. Throws out_of_threads.
  void look_after(const std::shared_ptr<watched_stream>& stream);
  /// Something became urgent.
  void hurry() noexcept;
  /// Something is under way: a look within some milliseconds will do. Cheap while the thread is awake, which it stays
  /// for a second after the last work.
  void expect() noexcept {
    if (is_asleep()) hurry();
  }
  /// Runs `call` on the thread for transfers. Throws out_of_threads.
  void carry(std::function<void()> call);

 private:
  struct state;
  bool is_asleep() const noexcept { return asleep_->load(std::memory_order_relaxed); }

  std::shared_ptr<state> state_;
  std::atomic<bool>* asleep_;
  std::thread thread_;
  notifier carrier_;
};

} // namespace dotcompute::execution
