// SPDX-License-Identifier: MIT
// Frames over a stream socket, with a deadline for each.
#pragma once

#include "compiler/server/protocol.hpp"
#include "support/clock.hpp"
#include "support/file_descriptor.hpp"

#include <stop_token>

namespace dotcompute::compiler {

enum class transfer : std::uint8_t {
  done,
  closed,    ///< the other side is gone, in or before this frame
  timed_out, ///< what came until then is lost: the channel is of no more use
  stopped,   ///< a stop was requested; likewise
  malformed, ///< these bytes are no frame of this protocol
  failed,    ///< a system call failed; errno says why
};

/// One side of the conversation. Not thread-safe.
class channel {
 public:
  channel() = default;
  explicit channel(file_descriptor socket) : socket_(std::move(socket)) {}

  transfer send(frame_kind kind, std::uint64_t number, std::span<const std::byte> payload, time_point deadline,
                const std::stop_token& stop = {});
  transfer receive(frame& f, time_point deadline, const std::stop_token& stop = {});

  /// Whether something has come, without waiting.
  bool has_input() const;
  /// Whether the other side has closed, without waiting.
  bool is_closed() const;
  int descriptor() const { return socket_.get(); }
  void close() { socket_.reset(); }

 private:
  file_descriptor socket_;
};

} // namespace dotcompute::compiler
