// SPDX-License-Identifier: MIT
// Which time limits commands may have.
#pragma once

#include "execution/lease_state.hpp"

#include <chrono>
#include <string>

namespace dotcompute::api {

/// Throws invalid_argument (a negative one), unsupported (any on a device that is not isolated), limit_exceeded (beyond
/// that of the lease, if there is one).
inline void require_time_limit(const detail::device_state& device, const detail::lease_state* lease,
                               std::chrono::nanoseconds limit, const std::string& operation) {
  constexpr std::chrono::nanoseconds none{};
  if (limit < none) throw error(error_code::invalid_argument, "a negative time limit", device.describe(operation));
  if (limit > none && !device.supervisor)
    throw error(error_code::unsupported, "a time limit on a device whose driver runs in this process",
                device.describe(operation, "Open the device with isolation::process."));
  if (lease && lease->options.time_limit > none && limit > lease->options.time_limit)
    throw error(error_code::limit_exceeded, "a time limit beyond that of lease '" + lease->options.name + "'",
                device.describe(operation, "Leave it out, or give a shorter one."));
}

} // namespace dotcompute::api
