// SPDX-License-Identifier: MIT
// Figures of a memory pool, the same for every back end. All plain data.
#pragma once

#include <dotcompute/known.hpp>

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute {

enum class buffer_kind : std::uint8_t {
  device_local, ///< where kernels are fastest
  host_shared,  ///< the host reads and writes it in place through span(); never copied
  scratch,      ///< device memory for short-lived buffers, in segments of its own so that it fragments no others
};
inline constexpr std::size_t buffer_kinds = 3;
/// "device_local".
std::string_view to_string(buffer_kind kind) noexcept;

/// Why a request for memory failed.
enum class allocation_failure : std::uint8_t {
  capacity,       ///< the device has not that much memory
  fragmentation,  ///< enough bytes are free, but not in one piece
  awaiting_queue, ///< enough bytes would be free if a queue were done with what was freed on it
  budget,         ///< the budget of the pool or of the tag
  other_process,  ///< the device has that much memory, but others use it
};
inline constexpr std::size_t allocation_failures = 5;
/// "fragmentation".
std::string_view to_string(allocation_failure cause) noexcept;

/// How long things took. counts[i] of them took from 2^i to 2^(i+1) nanoseconds; the last also longer.
struct latency_histogram {
  std::array<std::uint64_t, 40> counts{};

  std::uint64_t total() const noexcept;
  /// Nanoseconds that a share `q` (0 to 1) stayed below, interpolated within its power of two; unknown without samples.
  known<double> quantile(double q) const noexcept;
};

/// External fragmentation for requests of one size: the share of the free bytes that cannot serve them, 0 to 1.
struct fragmentation_at {
  std::uint64_t bytes = 0; ///< of the request
  double share = 0;
};

/// 1 - usable(s) / free, with usable(s) the sum over free blocks b >= s of floor(b / s) * s: the kernel's
/// unusable_free_index (mm/vmstat.c) for any size s. Within the bin of s itself (sizes that differ by less than 1/16)
/// and for blocks of several s the mean size of a bin's blocks stands for each. Every share is 0 when nothing is free.
struct fragmentation_figures {
  bool nothing_is_free = true;
  double internal = 0;                               ///< 1 - requested / allocated; 0 when nothing is allocated
  known<fragmentation_at> median, p95, p99, largest; ///< of recent requests; unknown before the first
  known<fragmentation_at> last_failed;               ///< unknown when none failed
  std::uint64_t largest_free_bytes = 0;              ///< at most 1/16 below the true one's upper neighbour bin
  double largest_free_index = 0;                     ///< 1 - largest / free: for comparison only, see the guide
  std::uint64_t stranded_bytes = 0;                  ///< free, in segments with a live, cached or pending block
  std::chrono::nanoseconds age{};                    ///< when these were computed, before `time`
};

/// Live bytes and blocks of one owner.
struct tag_statistics {
  std::string name; ///< empty for memory without a tag
  std::uint64_t live_bytes = 0, live_blocks = 0;
  std::uint64_t peak_bytes = 0; ///< see memory_statistics::peak_error_bytes; exact for tags with a budget
  known<std::uint64_t> budget_bytes;
  std::uint64_t refused = 0;                  ///< requests that its budget refused
  known<std::chrono::nanoseconds> oldest_age; ///< to some 10 ms; unknown without a live block
};

/// What a device answered when it was asked for its memory.
struct device_memory_figures {
  known<std::uint64_t> total_bytes, free_bytes;
  known<std::uint64_t> used_by_others_bytes; ///< total - free - what this pool has reserved
  std::chrono::nanoseconds age{};            ///< of the answer, at `time`
  bool is_stale = false;                     ///< the device was asked for this read and did not answer in time
};

/// All that a pool knows about itself. Bytes and counts since the pool was made, unless they say "now".
struct memory_statistics {
  // Now, in bytes.
  std::uint64_t requested_bytes = 0;    ///< what the owners of live blocks asked for
  std::uint64_t allocated_bytes = 0;    ///< what live blocks take, rounding and alignment included
  std::uint64_t pending_free_bytes = 0; ///< freed in queue order, not reused and not known to be done
  std::uint64_t cached_bytes = 0;       ///< free, kept by threads for their next request
  std::uint64_t free_bytes = 0;         ///< free for any thread
  std::uint64_t reserved_bytes = 0;     ///< segments taken from the device: allocated + pending + cached + free
  std::uint64_t host_shared_bytes = 0;  ///< the part of reserved_bytes that host and device share
  std::uint64_t reserved_peak_bytes = 0, allocated_peak_bytes = 0;
  std::uint64_t peak_error_bytes = 0; ///< by which allocated peaks may be off, since threads count for themselves
  known<std::uint64_t> budget_bytes;
  std::uint64_t segments = 0; ///< now

  // Counts.
  std::uint64_t live_blocks = 0; ///< now
  std::uint64_t allocations = 0, frees = 0;
  std::uint64_t splits = 0, merges = 0;
  std::uint64_t fast_allocations = 0; ///< answered by the thread's own cache
  std::uint64_t slow_allocations = 0; ///< answered by the pool, under its lock
  std::uint64_t remote_frees = 0;     ///< freed by another thread than the one that had allocated
  std::uint64_t queue_ordered_frees = 0;
  std::uint64_t cross_queue_reuses = 0; ///< freed on one queue, allocated on another
  std::uint64_t driver_allocations = 0, driver_frees = 0, driver_failures = 0;
  std::uint64_t trims = 0, spills = 0; ///< spills: pressure callbacks made
  std::uint64_t retries = 0;           ///< of the driver, as the last step before a request fails
  std::uint64_t shortages = 0;         ///< requests that free memory and one more segment could not meet
  std::array<std::uint64_t, allocation_failures> failures{}; ///< by allocation_failure
  std::uint64_t wrong_frees = 0; ///< double frees and frees of what is not the pool's, all refused

  // Distributions.
  latency_histogram fast_latency;   ///< of allocations; one in 256 is timed
  latency_histogram slow_latency;   ///< one in 16 is timed, and every one that was short of memory
  latency_histogram driver_latency; ///< of every segment made
  /// Sizes asked for: request_sizes[i] counts those from 2^i to 2^(i+1) bytes. Each thread counts its first 256
  /// on each queue, and then one in 64, as 64.
  std::array<std::uint64_t, 48> request_sizes{};
  std::uint64_t largest_request_bytes = 0;

  fragmentation_figures fragmentation;
  known<device_memory_figures> device;     ///< unknown until the device was asked once
  known<std::vector<tag_statistics>> tags; ///< of statistics_async() only

  // This snapshot.
  std::uint64_t sequence = 0;   ///< grows with every snapshot of the pool
  std::int64_t time = 0;        ///< nanoseconds of std::chrono::steady_clock
  std::uint64_t generation = 0; ///< of the device
  bool is_consistent = false;   ///< no thread allocated or freed while the figures were summed
};

/// What a piece of a segment is used for.
enum class block_state : std::uint8_t { live, pending, cached, free };
std::string_view to_string(block_state state) noexcept;

struct mapped_block {
  std::uint64_t offset = 0, bytes = 0; ///< in the segment
  block_state state = block_state::free;
  std::uint32_t tag = 0;             ///< index in memory_map::tags
  std::uint64_t requested_bytes = 0; ///< of a live block
  std::chrono::nanoseconds age{};    ///< of a live block, to some 10 ms
};

struct mapped_segment {
  std::uint64_t number = 0; ///< never used twice in a pool
  buffer_kind kind = buffer_kind::device_local;
  std::uint64_t bytes = 0;
  std::vector<mapped_block> blocks; ///< by offset, without gaps
};

/// Where everything lies.
struct memory_map {
  std::vector<mapped_segment> segments;
  std::vector<std::string> tags;
  std::int64_t time = 0; ///< nanoseconds of std::chrono::steady_clock
};

} // namespace dotcompute
