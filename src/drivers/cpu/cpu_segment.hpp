// SPDX-License-Identifier: MIT
// Segments of this machine's memory: memory files, so that another process can map the same pages.
#pragma once

#include "drivers/file_segment.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace dotcompute::cpu {

inline constexpr std::uint64_t segment_granularity = drivers::file_segment_granularity;

/// Aligned to segment_granularity, in huge pages where the system grants them for shared memory. Throws
/// out_of_device_memory when the machine has not that much left, out_of_memory, out_of_handles.
std::unique_ptr<drivers::segment> create_segment(const std::string& device, std::uint64_t bytes);

/// The machine's memory, or that of the cgroup where it is less.
std::function<drivers::memory_usage()> memory_query(known<std::uint64_t> total);

} // namespace dotcompute::cpu
