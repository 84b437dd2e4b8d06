// SPDX-License-Identifier: MIT
// What is known of particular drivers beyond what they say of themselves, each with its reason.
#pragma once

#include "drivers/opencl/opencl_library.hpp"

#include <cstdint>

namespace dotcompute::opencl {

/// Kernels may follow any address of the process. PoCL says only that what it allocates is shared, but its processor
/// devices run kernels on threads of this process, and its allocation is the C library's.
bool reaches_host_memory(const driver_api& api, const found_device& found);

/// The largest global id of a work-item that the driver's kernels compute rightly, and not only its specification says.
/// NVIDIA's loses the device when a global offset is beyond 32 bits.
std::uint64_t largest_global_id(const driver_api& api, const found_device& found);

/// What a driver keeps of the local memory that it reports, with the alignment of what comes behind.
inline constexpr std::uint64_t kept_local_bytes = 128;
/// The local memory that a work-group of some kernel can have, of what the device reports. NVIDIA's driver adds one
/// byte to what each kernel takes and refuses a launch that takes all; what is widest in OpenCL C is aligned to 128
/// bytes.
std::uint64_t usable_local_bytes(const driver_api& api, const found_device& found, std::uint64_t reported);

/// Whether a device file is there through which some driver reaches a GPU.
bool has_gpu_file();

} // namespace dotcompute::opencl
