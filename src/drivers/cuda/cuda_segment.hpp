// SPDX-License-Identifier: MIT
// Pieces of a GPU's memory that other processes can map, and pieces of host memory that it reaches.
#pragma once

#include "drivers/address_table.hpp"
#include "drivers/cuda/cuda_context.hpp"
#include "drivers/cuda/segment_access.hpp"
#include "drivers/segment.hpp"

#include <cstdint>
#include <memory>

namespace dotcompute::cuda {

/// What all segments of a device share.
struct segment_origin {
  std::shared_ptr<cuda_context> context;
  std::shared_ptr<drivers::address_table> addresses;
  std::shared_ptr<segment_access> access;
  std::uint64_t granularity = 0; ///< bytes; of the device's memory, at least 2 MiB
  bool has_files = false;        ///< memory can be exported as file descriptors
};

/// Where a segment is to be, and whose memory it is.
struct segment_place {
  std::byte* address = nullptr; ///< null: anywhere
  int file = -1;                ///< of another process's segment, lent; -1: new memory
};

/// Reads what the device needs. Throws unsupported when it has no virtual memory management.
segment_origin make_origin(const std::shared_ptr<cuda_context>& context);

/// Device memory at a reserved address, zeroed. Throws out_of_device_memory, out_of_handles, deadline_exceeded when the
/// device does not get round to zeroing it within 10 s, device_lost.
std::unique_ptr<drivers::segment> make_device_segment(const segment_origin& origin, std::uint64_t bytes,
                                                      const segment_place& place = {});

/// A memory file, registered: kernels see it at the host's address. Throws out_of_memory, out_of_handles, unsupported,
/// device_lost.
std::unique_ptr<drivers::segment> make_host_segment(const segment_origin& origin, std::uint64_t bytes,
                                                    const segment_place& place = {});

} // namespace dotcompute::cuda
