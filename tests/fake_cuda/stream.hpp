// SPDX-License-Identifier: MIT
// Streams, each a host thread that runs its commands in order, and events.
#pragma once

#include "abi.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace fake_cuda {

struct machine;

/// What a command may use: its stream's thread runs it without the machine's lock. An answer other than success loses
/// the device.
using command = std::function<status()>;

/// Guarded by the machine's lock.
struct stream {
  handle context = 0;
  int device = 0, priority = 0;
  std::deque<command> waiting{};
  std::uint64_t submitted = 0, completed = 0;
  bool is_destroyed = false; ///< its thread ends once nothing is waiting
};

/// Guarded by the machine's lock.
struct event {
  handle context = 0;
  bool is_timed = true;
  std::uint64_t recorded = 0, completed = 0; ///< the latest record, and the latest that was reached
  std::chrono::steady_clock::time_point reached{};
};

/// Throws std::system_error when there is no thread for it.
std::shared_ptr<stream> start_stream(handle context, int device, int priority);
/// Under the machine's lock.
void submit(machine& m, stream& s, command c);
/// Waits until what was submitted so far is done; the device's error if it is lost.
status await_stream(machine& m, std::unique_lock<std::mutex>& lock, stream& s);

} // namespace fake_cuda
