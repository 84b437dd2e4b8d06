// SPDX-License-Identifier: MIT
// A segment that the device itself zeroes, which it may be slow to get round to.
#pragma once

#include "drivers/opencl/opencl_context.hpp"
#include "drivers/segment.hpp"

#include <chrono>
#include <functional>

namespace dotcompute::opencl {

class zeroed_segment : public drivers::segment {
 protected:
  explicit zeroed_segment(opencl_context& context) : context_(context) {}

  /// `fill` puts the command that fills all of it with a pattern into a queue, and hands its event to the sink. Throws
  /// what that throws, and deadline_exceeded when it is not done within 10 s.
  void
  zero(const std::function<void(queue_handle, const std::byte* pattern, std::uint32_t width, const event_sink&)>& fill);
  /// For destructors, whether the memory may be given back. It stays allocated for as long as the device may write to
  /// it, and calls for a lost device could only hang.
  bool may_be_given_back() const noexcept;

 private:
  void await(event_handle event, std::chrono::nanoseconds time,
             const std::function<void(result asked, std::int32_t status)>& tell);
  void give_back(queue_handle queue, event_handle event) noexcept;

  opencl_context& context_;
  bool is_pending_ = false;
};

} // namespace dotcompute::opencl
