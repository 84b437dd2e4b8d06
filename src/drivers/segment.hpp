// SPDX-License-Identifier: MIT
// Large pieces of device memory, which pools cut up, and what a device says about its memory.
#pragma once

#include <dotcompute/known.hpp>
#include <dotcompute/memory_statistics.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace dotcompute::drivers {

/// One segment. Plain data; the destructor gives the memory back to the device, is called without any lock held, and
/// may be called after the source is gone.
struct segment {
  segment() = default;
  virtual ~segment() = default;
  segment(const segment&) = delete;
  segment& operator=(const segment&) = delete;

  /// Pointers into it may still be followed on the host: where the host reached it, the destructor leaves zeros in its
  /// place, which take no memory until they are written, and not a hole.
  virtual void leave_zeros() noexcept {}

  std::byte* address = nullptr; ///< as kernels see it; for the CPU and for host-shared memory the host's too
  std::uint64_t bytes = 0;      ///< at least what was asked for
  int file = -1;                ///< another process maps the segment through it; -1: it cannot
};

/// What the device answers about all of its memory, whoever uses it.
struct memory_usage {
  known<std::uint64_t> total_bytes, free_bytes;
};

/// Where segments come from. Thread-safe.
class segment_source {
 public:
  virtual ~segment_source() = default;

  /// At least `bytes` of zeroed memory, aligned to segment_granularity(). Throws errors of class resource when there is
  /// no memory, files or mappings left, others when the device itself has failed. May take milliseconds.
  virtual std::unique_ptr<segment> create_segment(buffer_kind kind, std::uint64_t bytes) = 0;
  /// Segments are multiples of it, in bytes; a power of two of at least 4,096.
  virtual std::uint64_t segment_granularity() const noexcept = 0;
  /// What kernels are given begins at multiples of it, in bytes; a power of two of at most segment_granularity().
  virtual std::uint64_t block_alignment() const noexcept { return 1; }
  /// A call that asks the device for its memory. It may take long or hang, and it stays valid after the source is gone,
  /// so that a hung one cannot keep the source from closing.
  virtual std::function<memory_usage()> memory_query() const = 0;
};

} // namespace dotcompute::drivers
