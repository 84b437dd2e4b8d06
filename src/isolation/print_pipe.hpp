// SPDX-License-Identifier: MIT
// The way of printed text from a worker to the service: packets, the first byte of each 1 when more of the text
// follows.
#pragma once

#include "support/file_descriptor.hpp"

#include <chrono>
#include <condition_variable>
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
    if (!begin(patience)) return;
    const struct turn {
      print_reader& of;
      ~turn() { of.end(); }
    } mine{*this};
    while (read())
      if (is_whole_) receive(std::string_view(std::exchange(text_, {})));
  }
  int descriptor() const noexcept { return socket_.get(); }

 private:
  /// False when it is another thread's turn until `patience` has passed, or this thread's already.
  bool begin(std::chrono::nanoseconds patience);
  void end() noexcept;
  bool read();

  const file_descriptor socket_;
  std::mutex guard_; ///< of reader_
  std::condition_variable changed_;
  std::thread::id reader_; ///< whose turn it is
  std::string text_;
  bool is_whole_ = false;
};

} // namespace dotcompute::isolated
