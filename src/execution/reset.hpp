// SPDX-License-Identifier: MIT
// Resetting a device: its queues come to rest, and its worker process is replaced.
#pragma once

#include "execution/device_state.hpp"

#include <dotcompute/reset.hpp>

#include <memory>
#include <stop_token>

namespace dotcompute::execution {

/// The right to reset the device, which one caller at a time has.
class reset_turn {
 public:
  /// Throws what is wrong with the options, and reset_under_way.
  reset_turn(std::shared_ptr<detail::device_state> device, const reset_options& options);
  ~reset_turn() { device_->end_reset(); }
  reset_turn(const reset_turn&) = delete;
  reset_turn& operator=(const reset_turn&) = delete;

  /// Throws deadline_exceeded, cancelled, device_lost.
  reset_result run(const std::stop_token& stop) const;

 private:
  /// Throws cancelled.
  void require_wanted(const std::stop_token& stop) const;
  /// False when the deadline passed and what is left may be abandoned.
  bool drain(time_point deadline, const std::stop_token& stop, std::uint64_t& commands) const;

  const std::shared_ptr<detail::device_state> device_;
  const reset_options options_;
};

} // namespace dotcompute::execution
