// SPDX-License-Identifier: MIT
// The way of printed text from a worker to the service: packets, the first byte of each 1 when more of the text
// follows.
#pragma once

#include "support/file_descriptor.hpp"

#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace dotcompute::isolated {

/// The worker's end: blocks while the service has not read what came before.
void write_print(int socket, std::string_view text) noexcept;

/// The service's end. Thread-safe.
class print_reader {
 public:
  explicit print_reader(file_descriptor socket) : socket_(std::move(socket)) {}

  /// Hands on what has come, without waiting, one whole text at a time.
  template <class Receiver>
  void drain(Receiver&& receive) {
    // Two threads may find text; the second leaves it to the first, which looks again after its last.
    const std::unique_lock lock(guard_, std::try_to_lock);
    if (!lock) return;
    while (read())
      if (is_whole_) receive(std::string_view(std::exchange(text_, {})));
  }
  int descriptor() const noexcept { return socket_.get(); }

 private:
  bool read();

  const file_descriptor socket_;
  std::mutex guard_;
  std::string text_;
  bool is_whole_ = false;
};

} // namespace dotcompute::isolated
