// SPDX-License-Identifier: MIT
#include "drivers/cuda/command_times.hpp"

#include "support/log.hpp"

#include <exception>
#include <utility>

namespace dotcompute::cuda {
namespace {

constexpr std::size_t remembered = 1024; // commands
constexpr const char* operation = "record the time of a command";

} // namespace

command_times::command_times(std::shared_ptr<cuda_context> context, std::shared_ptr<device_clock> clock)
    : context_(std::move(context)), clock_(std::move(clock)), slots_(remembered) {}

void command_times::begin(std::uint64_t number, stream_handle stream) {
  auto anchor = clock_->anchor();
  const std::lock_guard lock(guard_);
  slot& s = slots_[number % remembered];
  s.number = 0;
  s.anchor = std::move(anchor);
  if (!s.started) s.started = cuda_event(*context_, event_default);
  if (!s.finished) s.finished = cuda_event(*context_, event_default);
  context_->check(context_->api().cuEventRecord(s.started.get(), stream), "cuEventRecord", operation);
}

void command_times::end(std::uint64_t number, stream_handle stream) {
  const std::lock_guard lock(guard_);
  slot& s = slots_[number % remembered];
  context_->check(context_->api().cuEventRecord(s.finished.get(), stream), "cuEventRecord", operation);
  s.number = number;
}

known<event_times> command_times::times(std::uint64_t number) const noexcept {
  try {
    const std::lock_guard lock(guard_);
    const slot& s = slots_[number % remembered];
    if (s.number != number || !s.anchor) return {};
    const current_context current(*context_, operation);
    event_times t;
    t.started = clock_->host_time(*s.anchor, s.started.get());
    t.finished = clock_->host_time(*s.anchor, s.finished.get());
    return t;
  } catch (const std::exception& e) {
    log::debug("the times of a command are unknown: {}", e.what());
    return {};
  }
}

} // namespace dotcompute::cuda
