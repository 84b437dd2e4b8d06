// SPDX-License-Identifier: MIT
// The work-group of a launch: checked when given, chosen when not.
#pragma once

#include "execution/device_state.hpp"

#include <dotcompute/nd_range.hpp>
#include <dotcompute/reflection.hpp>

#include <array>

namespace dotcompute::api {

/// Throws invalid_range for an empty or overflowing one.
void check_range(const kernel_reflection& k, const nd_range& range, const detail::device_state& device);

/// The given local size (ones for a flat kernel without). Throws invalid_local_size, limit_exceeded.
std::array<std::uint64_t, 3> check_local_size(const kernel_reflection& k, const nd_range& range,
                                              const capabilities& limits, const detail::device_state& device);

/// The kernel's required or hinted one, else one that divides the range: 64 to 256 work-items where possible, with
/// a first dimension that fills vectors.
std::array<std::uint64_t, 3> choose_local_size(const kernel_reflection& k, const nd_range& range,
                                               const capabilities& limits, const detail::device_state& device);

} // namespace dotcompute::api
