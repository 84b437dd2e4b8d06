// SPDX-License-Identifier: MIT
// The way of printed text from a worker to the service: packets, the first byte of each 1 when more of the text
// follows.
#pragma once

#include "support/file_descriptor.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace dotcompute::isolated {

/// The worker's end: blocks while the service has not read what came before.
void write_print(int socket, std::string_view text) noexcept;

/// The service's end. Thread-safe.
class print_reader {
 public:
  explicit print_reader(file_descriptor socket) : socket_(std::move(socket)) {}

  /// Hands on what has come, one whole text at a time. When another thread is at it, waits until that has handed on
  /// what it took, for `patience` at most: longer only when the receiver itself waits for this thread. Who receives a
  /// text may come here again, and finds nothing to do.
  template <class Receiver>
  void drain(Receiver&& receive, std::chrono::nanoseconds patience = {}) {
    if (reader_.load(std::memory_order_relaxed) == std::this_thread::get_id()) return;
    std::unique_lock lock(guard_, std::defer_lock);
    if (!lock.try_lock_for(patience)) return;
    const struct turn {
      std::atomic<std::thread::id>& of;
      explicit turn(std::atomic<std::thread::id>& reader) : of(reader) {
        of.store(std::this_thread::get_id(), std::memory_order_relaxed);
      }
      ~turn() { of.store({}, std::memory_order_relaxed); }
    } mine(reader_);
    while (read())
      if (is_whole_) receive(std::string_view(std::exchange(text_, {})));
  }
  int descriptor() const noexcept { return socket_.get(); }

 private:
  bool read();

  const file_descriptor socket_;
  std::timed_mutex guard_;
  std::atomic<std::thread::id> reader_{};
  std::string text_;
  bool is_whole_ = false;
};

} // namespace dotcompute::isolated
