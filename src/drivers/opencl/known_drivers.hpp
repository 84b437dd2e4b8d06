// SPDX-License-Identifier: MIT
// What is known of particular drivers beyond what they say of themselves, each with its reason.
#pragma once

#include "drivers/opencl/opencl_library.hpp"

namespace dotcompute::opencl {

/// Kernels may follow any address of the process. PoCL says only that what it allocates is shared, but its processor
/// devices run kernels on threads of this process, and its allocation is the C library's.
bool reaches_host_memory(const driver_api& api, const found_device& found);

} // namespace dotcompute::opencl
