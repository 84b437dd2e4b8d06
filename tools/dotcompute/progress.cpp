// SPDX-License-Identifier: MIT
#include "progress.hpp"

#include <chrono>
#include <fmt/format.h>
#include <unistd.h>

namespace dotcompute::tool {

namespace {

constexpr const char* erase_line = "\r\x1b[K";

}

progress::progress(std::string label) : label_(std::move(label)) {
  if (::isatty(STDERR_FILENO)) thread_ = std::jthread([this](const std::stop_token& stop) { show(stop); });
}

progress::~progress() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  clear();
}

void progress::set_label(std::string label) {
  const std::lock_guard lock(mutex_);
  label_ = std::move(label);
}

void progress::clear() {
  const std::lock_guard lock(mutex_);
  if (shown_) fmt::print(stderr, "{}", erase_line);
  shown_ = false;
}

void progress::show(const std::stop_token& stop) {
  using namespace std::chrono_literals;
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  auto pause = 2000ms;
  // wait_for returns true only on a stop request: the predicate never holds by itself.
  while (!changed_.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); }) && !stop.stop_requested()) {
    pause = 500ms;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - begin);
    fmt::print(stderr, "{}{} ({} s)", erase_line, label_, seconds.count());
    shown_ = true;
  }
}

} // namespace dotcompute::tool
