// SPDX-License-Identifier: MIT
#include "isolation/control_socket.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace dotcompute::isolated {
namespace {

/// Until `events` can happen without blocking.
exchange await(int socket, short events, time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd p{socket, events, 0};
    const int n = ::poll(&p, 1, static_cast<int>(std::clamp<long>(left, 0, 1 << 20)));
    if (n > 0) return exchange::done;
    if (n < 0 && errno != EINTR) return exchange::failed;
    if (std::chrono::steady_clock::now() >= deadline) return exchange::timed_out;
  }
}

} // namespace

exchange control_socket::send(message_kind kind, std::span<const std::byte> payload, int file, time_point deadline) {
  if (payload.size() >= largest_message) {
    errno = EMSGSIZE;
    return exchange::failed;
  }
  iovec pieces[2] = {{&kind, sizeof kind}, {const_cast<std::byte*>(payload.data()), payload.size()}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = pieces;
  header.msg_iovlen = 2;
  if (file >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* const c = CMSG_FIRSTHDR(&header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(c), &file, sizeof file);
  }
  for (;;) {
    if (::sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return exchange::done;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return exchange::closed;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return exchange::failed;
    if (const exchange waited = await(socket_.get(), POLLOUT, deadline); waited != exchange::done) return waited;
  }
}

exchange control_socket::receive(message& m, time_point deadline) {
  m.payload.resize(largest_message - sizeof m.kind);
  m.file.reset();
  for (;;) {
    iovec pieces[2] = {{&m.kind, sizeof m.kind}, {m.payload.data(), m.payload.size()}};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
    msghdr header{};
    header.msg_iov = pieces;
    header.msg_iovlen = 2;
    header.msg_control = control;
    header.msg_controllen = CMSG_LEN(sizeof(int)); // CMSG_SPACE would have room for a second one, which nobody closes
    const ssize_t n = ::recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n > 0) {
      const bool is_whole = (header.msg_flags & MSG_TRUNC) == 0;
      m.payload.resize(static_cast<std::size_t>(n) - sizeof m.kind);
      for (cmsghdr* c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        int file = -1;
        std::memcpy(&file, CMSG_DATA(c), sizeof file);
        m.file = file_descriptor(file);
      }
      m.has_lost_file = !m.file && (header.msg_flags & MSG_CTRUNC) != 0;
      if (!is_whole) {
        errno = EMSGSIZE;
        return exchange::failed;
      }
      return exchange::done;
    }
    if (n == 0 || errno == ECONNRESET) return exchange::closed;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return exchange::failed;
    if (const exchange waited = await(socket_.get(), POLLIN, deadline); waited != exchange::done) return waited;
  }
}

void write_error(byte_writer& out, const error& e) {
  out.byte(static_cast<std::uint8_t>(e.kind()));
  out.varint(static_cast<std::uint16_t>(e.code()));
  out.text(e.message());
  out.text(e.operation());
  out.text(e.remedy());
}

error read_error(byte_reader& in, const std::string& device, std::uint64_t generation) {
  const auto kind = static_cast<error_class>(in.at_most(static_cast<std::uint8_t>(error_class::fatal)));
  const auto code = static_cast<error_code>(in.varint());
  const std::string message = in.text(), operation = in.text(), remedy = in.text();
  if (in.failed()) return error(error_code::internal, "a worker process sent an error that cannot be read");
  return error(kind, code, message, {device, generation, operation, remedy});
}

} // namespace dotcompute::isolated
