// SPDX-License-Identifier: MIT
// What a device is and what it can do. Every figure was read from the machine or is explicitly unknown.
#pragma once

#include <dotcompute/known.hpp>

#include <array>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace dotcompute {

struct capabilities {
  std::string backend; ///< "cpu"
  /// OpenCL: name and version of the platform that drives it, "NVIDIA CUDA, OpenCL 3.0 CUDA 13.0.97"; unknown
  /// elsewhere.
  known<std::string> platform;
  known<std::string> type; ///< "cpu", "gpu" or "accelerator", as OpenCL sorts devices
  known<std::string> name; ///< the device's own, "AMD EPYC 9654"
  known<std::string> vendor;
  known<std::string> driver;          ///< name and version of what drives it
  known<std::string> stable_id;       ///< the same after a reboot or in another process
  known<std::string> target;          ///< what code is for: "x86-64-v4" or better, "sm_90"
  known<std::uint32_t> compute_units; ///< CPU: threads that quota and affinity allow
  known<std::uint32_t> clock_mhz;     ///< highest nominal
  known<std::uint32_t> max_work_item_dimensions;
  known<std::array<std::uint64_t, 3>> max_work_item_sizes; ///< work-items of a work-group, per dimension
  known<std::uint64_t> max_work_group_size;                ///< work-items of a work-group, in all
  known<std::uint32_t> simd_width_bits;
  known<std::uint32_t> simd_lanes;          ///< work-items that one thread runs in step
  known<std::uint64_t> local_memory_bytes;  ///< of one work-group
  known<std::uint64_t> global_memory_bytes; ///< CPU: the smaller of memory and cgroup limit
  known<std::uint64_t> largest_allocation_bytes;
  known<std::uint64_t> l1_cache_bytes; ///< data cache of one core
  known<std::uint64_t> l2_cache_bytes; ///< of one core or cluster
  known<std::uint64_t> l3_cache_bytes; ///< of one instance
  known<std::uint32_t> cache_line_bytes;
  known<std::string> pci_address; ///< "0000:01:00.0"; none for the CPU
  known<std::uint32_t> numa_node; ///< unknown when the device spans several
  known<bool> fp16;               ///< half arithmetic, beyond loads and stores
  known<bool> fp64;
  known<bool> int64_atomics;
  known<bool> unified_memory; ///< the host reaches device memory without a copy
};

/// One line a figure, "l2 cache bytes: 1048576"; what is not known says "unknown".
std::ostream& operator<<(std::ostream& out, const capabilities& c);

/// A device that could be opened.
struct device_info {
  std::string id; ///< what device::open takes: "cpu:0"
  capabilities properties;
  /// Where the same hardware has a better driver: its id there, "cpu:0", and why that one is better. Else empty.
  std::string better_as{}, better_because{};
};

/// Every device of this machine, best first: NVIDIA's GPUs, other GPUs that an OpenCL driver shows, the processors, and
/// what else OpenCL drivers show. Thread-safe. What was looked for and not found is in the log.
std::vector<device_info> devices();

} // namespace dotcompute
