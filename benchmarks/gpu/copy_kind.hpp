// SPDX-License-Identifier: MIT
// Copies of the same bytes, whoever makes them.
#pragma once

#include "../workload.hpp"

#include <fmt/format.h>

namespace dotcompute::benchmark {

class opencl_side;

enum class direction { to_device, to_host, on_device };

struct copy_kind {
  const char *workload, *title;
  direction way;
  bool is_pinned; ///< host memory that the device reaches

  /// What byte `i` is before it is copied.
  static std::byte value_at(std::size_t i) { return static_cast<std::byte>(i * 2654435761u >> 13); }
  static void fill(std::byte* to, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      to[i] = value_at(i);
  }
  static std::string differs(const std::byte* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      if (bytes[i] != value_at(i)) return fmt::format("byte {} is {}", i, static_cast<unsigned>(bytes[i]));
    return {};
  }
};

/// By an OpenCL host program: `repeats` copies are put into the queue and waited for once.
contestant copies_by_opencl(const copy_kind& kind, const opencl_side& side, std::size_t bytes, unsigned repeats);

} // namespace dotcompute::benchmark
