// SPDX-License-Identifier: MIT
// What service and worker ask of each other seldom, and what needs a descriptor: one packet a message over a socket.
#pragma once

#include "compiler/cache/byte_stream.hpp"
#include "support/clock.hpp"
#include "support/file_descriptor.hpp"

#include <dotcompute/error.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::isolated {

using compiler::byte_reader;
using compiler::byte_writer;

inline constexpr std::size_t largest_message = 64 << 10;
/// The descriptor on which a worker finds its end of the socket.
inline constexpr int worker_socket = 3;

/// Every request has one answer of the kind `answer` or `refusal`; only the service asks.
enum class message_kind : std::uint8_t {
  open,           ///< driver_description, with the worker page; answered by device_description
  attach_segment, ///< segment number, kind, bytes, address; with the memory's descriptor
  create_segment, ///< the same without; answered by the bytes, with the descriptor
  detach_segment, ///< segment number
  load_program,   ///< program number; with a memory file that holds the image. Answered by preferred sizes
  unload_program, ///< program number
  open_queue,     ///< queue number, priority, times; with its memory
  close_queue,    ///< queue number
  memory_usage,   ///< nothing; answered by total and free
  answer,
  refusal, ///< class, code, message, operation, remedy
};

struct message {
  message_kind kind{};
  std::vector<std::byte> payload;
  file_descriptor file;
  bool has_lost_file = false; ///< one came with it, for which this process had no descriptor left
};

enum class exchange : std::uint8_t { done, closed, timed_out, failed };

/// One end. Not thread-safe.
class control_socket {
 public:
  control_socket() = default;
  explicit control_socket(file_descriptor socket) : socket_(std::move(socket)) {}

  /// `file` is lent. `failed`: errno says why; EMSGSIZE for more than largest_message.
  exchange send(message_kind kind, std::span<const std::byte> payload, int file, time_point deadline);
  exchange receive(message& m, time_point deadline);
  int descriptor() const noexcept { return socket_.get(); }
  void close() noexcept { socket_.reset(); }

 private:
  file_descriptor socket_;
};

void write_error(byte_writer& out, const error& e);
error read_error(byte_reader& in, const std::string& device, std::uint64_t generation);

} // namespace dotcompute::isolated
