// SPDX-License-Identifier: MIT
// Code that can be left and gone back to, each with a stack of its own, on one host thread; and what happens when it
// touches memory that is not there.
#pragma once

#include "abi.hpp"

#include <cstddef>

namespace fake_cuda {

/// Belongs to the host thread that made it.
class fiber {
 public:
  using body = void (*)(void* argument);
  enum class state { idle, suspended, faulted };

  fiber();
  ~fiber();
  fiber(const fiber&) = delete;
  fiber& operator=(const fiber&) = delete;

  /// Makes an idle or faulted fiber begin `b` at the next resume().
  void prepare(body b, void* argument);
  /// Runs it until it ends (idle), suspends itself or faults.
  state resume();
  /// After a fault: what a device would say of it.
  status fault() const { return fault_; }

  /// From inside a fiber: back to resume(), which the next resume() undoes.
  static void suspend();
  /// From inside a fiber: back to resume() for good.
  [[noreturn]] static void stop(status code);

 private:
  static void begin();
  friend struct fault_handlers;

  std::byte* stack_ = nullptr;
  void* own_ = nullptr;   ///< stack pointer while suspended
  void* outer_ = nullptr; ///< stack pointer of resume() while running
  body body_ = nullptr;
  void* argument_ = nullptr;
  state state_ = state::idle;
  status fault_ = success;
};

/// Faults of this host thread in fibers end the fiber while this lives; all others go where they went before.
class fault_guard {
 public:
  fault_guard();
  ~fault_guard();
  fault_guard(const fault_guard&) = delete;
  fault_guard& operator=(const fault_guard&) = delete;

 private:
  std::byte* signal_stack_;
};

} // namespace fake_cuda
