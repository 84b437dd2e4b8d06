// SPDX-License-Identifier: MIT
#include "compiler/server/channel.hpp"
#include "targets.hpp"

#include <cstdlib>
#include <cstring>
#include <sys/socket.h>

namespace dotcompute::fuzz {
namespace {

using namespace compiler;

/// Sends `bytes`, closes, and reads frames until something other than a frame comes.
void converse(std::span<const std::byte> bytes) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  channel ours{file_descriptor(ends[0])};
  file_descriptor theirs(ends[1]);
  // More than the socket takes is cut off, which is one more thing a peer may do.
  if (!bytes.empty() && ::send(theirs.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return;
  theirs.reset();
  frame f;
  while (ours.receive(f, deadline_after(std::chrono::seconds(10))) == transfer::done) {
    hello h;
    std::string folder;
    std::span<const std::byte> request;
    (void)decode_hello(f.payload, h);
    (void)decode_compile(f.payload, folder, request);
  }
}

} // namespace

void frames(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  converse(bytes);
  // Again behind a right header.
  frame_header header;
  header.kind = frame_kind::compile;
  header.payload_bytes = size;
  std::vector<std::byte> whole(sizeof header + size);
  std::memcpy(whole.data(), &header, sizeof header);
  if (size != 0) std::memcpy(whole.data() + sizeof header, data, size);
  converse(whole);
}

} // namespace dotcompute::fuzz
