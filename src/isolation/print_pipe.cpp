// SPDX-License-Identifier: MIT
#include "isolation/print_pipe.hpp"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace dotcompute::isolated {
namespace {

constexpr std::size_t most_in_packet = 32 << 10;

} // namespace

void write_print(int socket, std::string_view text) noexcept {
  do {
    const std::string_view piece = text.substr(0, most_in_packet);
    text.remove_prefix(piece.size());
    char more = text.empty() ? 0 : 1;
    iovec parts[2] = {{&more, 1}, {const_cast<char*>(piece.data()), piece.size()}};
    msghdr header{};
    header.msg_iov = parts;
    header.msg_iovlen = 2;
    while (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0)
      if (errno != EINTR) return; // the service is gone, and with it whoever would have read it
  } while (!text.empty());
}

bool print_reader::begin(std::chrono::nanoseconds patience) {
  const std::thread::id here = std::this_thread::get_id(), nobody;
  std::unique_lock lock(guard_);
  if (reader_ == here || !changed_.wait_for(lock, patience, [&] { return reader_ == nobody; })) return false;
  reader_ = here;
  return true;
}

void print_reader::end() noexcept {
  {
    const std::lock_guard lock(guard_);
    reader_ = {};
  }
  changed_.notify_all();
}

bool print_reader::read() {
  char more = 0;
  std::array<char, most_in_packet> room;
  iovec parts[2] = {{&more, 1}, {room.data(), room.size()}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  const ssize_t n = ::recvmsg(socket_.get(), &header, MSG_DONTWAIT);
  if (n <= 0) return false;
  text_.append(room.data(), static_cast<std::size_t>(n - 1));
  is_whole_ = more == 0;
  return true;
}

} // namespace dotcompute::isolated
