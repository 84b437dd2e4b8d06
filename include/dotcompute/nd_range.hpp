// SPDX-License-Identifier: MIT
// The extent of a launch: how many work-items, in what work-groups, counted from where, and within what time.
#pragma once

#include <dotcompute/error.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

namespace dotcompute {

/// One to three sizes. `extents{64, 32}` or, in a call, `{64, 32}`. A negative size throws (invalid_range).
struct extents {
  std::array<std::uint64_t, 3> sizes{1, 1, 1};
  std::uint32_t dimensions = 1;

  constexpr extents() = default;
  template <std::integral... Sizes>
  requires(sizeof...(Sizes) >= 1 && sizeof...(Sizes) <= 3) constexpr extents(Sizes... given)
      : dimensions(sizeof...(Sizes)) {
    std::size_t i = 0;
    ((sizes[i++] = checked(given)), ...);
  }

 private:
  template <std::integral I>
  static constexpr std::uint64_t checked(I value) {
    if constexpr (std::signed_integral<I>)
      if (value < 0) throw error(error_code::invalid_range, "a size or offset is negative: " + std::to_string(value));
    return static_cast<std::uint64_t>(value);
  }
};

/// Work-items in up to three dimensions; the first one is that of get_global_id(0). Plain data.
///
///     nd_range{1024}                              1,024 work-items, the runtime chooses the work-group
///     nd_range{{width, height}}.local({16, 16})   work-groups of 16 x 16
///     nd_range{n}.offset(first)                   global ids from `first` to `first + n - 1`
///     nd_range{n}.within(50ms)                    stopped when it runs longer
struct nd_range {
  std::array<std::uint64_t, 3> global_size{1, 1, 1};
  std::array<std::uint64_t, 3> global_offset{0, 0, 0};
  std::optional<std::array<std::uint64_t, 3>>
      local_size; ///< absent: required or hinted by the kernel, else chosen well
  std::uint32_t dimensions = 1;
  /// How long the launch may run, in place of queue_options::time_limit, and with the same consequences; absent: as the
  /// queue says.
  std::optional<std::chrono::nanoseconds> time_limit;

  template <std::integral... Sizes>
  requires(sizeof...(Sizes) >= 1 && sizeof...(Sizes) <= 3) constexpr nd_range(Sizes... global)
      : nd_range(extents(global...)) {}
  template <std::integral Size, std::size_t N>
  requires(N <= 3) constexpr nd_range(const Size (&global)[N]) {
    dimensions = N;
    for (std::size_t i = 0; i < N; ++i)
      global_size[i] = extents(global[i]).sizes[0];
  }
  constexpr nd_range(const extents& global) : global_size(global.sizes), dimensions(global.dimensions) {}

  /// Unused dimensions count as 1.
  constexpr nd_range local(const extents& size) const {
    nd_range r = *this;
    r.local_size = size.sizes;
    return r;
  }
  /// Unused dimensions count as 0.
  constexpr nd_range offset(const extents& first) const {
    nd_range r = *this;
    for (std::uint32_t i = 0; i < 3; ++i)
      r.global_offset[i] = i < first.dimensions ? first.sizes[i] : 0;
    return r;
  }
  /// Launches throw invalid_argument unless it is positive, and unsupported on devices without isolation.
  constexpr nd_range within(std::chrono::nanoseconds limit) const {
    nd_range r = *this;
    r.time_limit = limit;
    return r;
  }
};

} // namespace dotcompute
