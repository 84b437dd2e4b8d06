// SPDX-License-Identifier: MIT
// Copies and fills as chunks of bytes.
#pragma once

#include "drivers/driver.hpp"

#include <cstdint>

namespace dotcompute::cpu {

struct copy_job {
  std::byte* to;
  const std::byte* from;
  std::uint64_t bytes;
  static constexpr std::uint64_t chunk_bytes = 1 << 20;

  std::uint64_t chunks() const { return (bytes + chunk_bytes - 1) / chunk_bytes; }
  static bool run(void* context, std::uint64_t chunk) noexcept;
};

struct fill_job {
  std::byte* to;
  std::uint64_t bytes;
  std::array<std::byte, 128> pattern;
  std::uint32_t pattern_bytes;
  /// A multiple of every pattern size up to 128 bytes would be huge, so chunks are whole patterns instead.
  std::uint64_t chunk_bytes;

  explicit fill_job(const drivers::fill_command& c);
  std::uint64_t chunks() const { return (bytes + chunk_bytes - 1) / chunk_bytes; }
  static bool run(void* context, std::uint64_t chunk) noexcept;
};

} // namespace dotcompute::cpu
