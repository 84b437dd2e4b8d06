// SPDX-License-Identifier: MIT
#include "compiler/server/channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

namespace dotcompute::compiler {
namespace {

/// Makes a stop request visible to poll().
class stop_signal {
 public:
  explicit stop_signal(const std::stop_token& stop) : stop_(stop) {
    if (!stop.stop_possible()) return;
    event_ = file_descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    // Without an event the waits below are cut into short ones instead.
    if (event_) wake_.emplace(stop, waker{event_.get()});
  }
  int descriptor() const { return event_.get(); }
  bool needs_polling() const { return stop_.stop_possible() && !event_; }
  bool requested() const { return stop_.stop_requested(); }

 private:
  struct waker {
    int event;
    void operator()() const noexcept {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t n = ::write(event, &one, sizeof one);
    }
  };
  const std::stop_token& stop_;
  file_descriptor event_;
  std::optional<std::stop_callback<waker>> wake_; // destroyed, and thereby deregistered, before the event closes
};

transfer wait_for(int socket, short events, time_point deadline, const stop_signal& stop) {
  for (;;) {
    if (stop.requested()) return transfer::stopped;
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= std::chrono::nanoseconds(0)) return transfer::timed_out;
    const auto slice = stop.needs_polling() ? std::chrono::milliseconds(20) : std::chrono::milliseconds(3'600'000);
    // Rounded up: rounding down would spin through the last millisecond.
    const auto time = std::min(slice, std::chrono::ceil<std::chrono::milliseconds>(left));
    std::array<pollfd, 2> watched{{{socket, events, 0}, {stop.descriptor(), POLLIN, 0}}};
    const int n = ::poll(watched.data(), watched.size(), static_cast<int>(time.count()));
    if (n < 0 && errno != EINTR) return transfer::failed;
    if (n > 0 && watched[0].revents != 0) return transfer::done;
  }
}

bool is_gone(int number) {
  return number == EPIPE || number == ECONNRESET || number == ENOTCONN;
}

transfer send_all(int socket, std::span<const std::byte> bytes, time_point deadline, const stop_signal& stop) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (const transfer t = wait_for(socket, POLLOUT, deadline, stop); t != transfer::done) return t;
    } else if (n < 0 && errno != EINTR) {
      return is_gone(errno) ? transfer::closed : transfer::failed;
    }
  }
  return transfer::done;
}

transfer receive_all(int socket, std::span<std::byte> bytes, time_point deadline, const stop_signal& stop) {
  while (!bytes.empty()) {
    const ssize_t n = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (n > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (n == 0) {
      return transfer::closed;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (const transfer t = wait_for(socket, POLLIN, deadline, stop); t != transfer::done) return t;
    } else if (errno != EINTR) {
      return is_gone(errno) ? transfer::closed : transfer::failed;
    }
  }
  return transfer::done;
}

} // namespace

transfer channel::send(frame_kind kind, std::uint64_t number, std::span<const std::byte> payload, time_point deadline,
                       const std::stop_token& stop) {
  const stop_signal signal(stop);
  frame_header header;
  header.kind = kind;
  header.number = number;
  header.payload_bytes = payload.size();
  const transfer t = send_all(socket_.get(), std::as_bytes(std::span(&header, 1)), deadline, signal);
  return t == transfer::done ? send_all(socket_.get(), payload, deadline, signal) : t;
}

transfer channel::receive(frame& f, time_point deadline, const std::stop_token& stop) {
  const stop_signal signal(stop);
  frame_header header;
  transfer t = receive_all(socket_.get(), std::as_writable_bytes(std::span(&header, 1)), deadline, signal);
  if (t != transfer::done) return t;
  const bool known =
      header.kind == frame_kind::hello || header.kind == frame_kind::compile || header.kind == frame_kind::answer;
  if (header.magic != frame_magic || header.version != protocol_version || !known ||
      header.payload_bytes > largest_payload) {
    return transfer::malformed;
  }
  f.kind = header.kind;
  f.number = header.number;
  f.payload.clear();
  // Grows with what arrives, so that a wrong length costs no more memory than was sent.
  constexpr std::uint64_t piece = 1 << 20;
  while (f.payload.size() < header.payload_bytes) {
    const std::size_t have = f.payload.size();
    const std::size_t more = static_cast<std::size_t>(std::min<std::uint64_t>(piece, header.payload_bytes - have));
    f.payload.resize(have + more);
    t = receive_all(socket_.get(), std::span(f.payload).subspan(have), deadline, signal);
    if (t != transfer::done) return t;
  }
  return transfer::done;
}

bool channel::has_input() const {
  pollfd watched{socket_.get(), POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

bool channel::is_closed() const {
  pollfd watched{socket_.get(), POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

} // namespace dotcompute::compiler
