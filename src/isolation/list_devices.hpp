// SPDX-License-Identifier: MIT
// Which program drives devices for this process, and which devices it finds.
#pragma once

#include "isolation/wire_types.hpp"

#include <string>

namespace dotcompute::isolated {

/// The file of dotcompute-worker. Throws file_not_found, saying where it was looked for.
std::string find_worker();

/// Every OpenCL device of the machine, found by a process of its own that ends afterwards: drivers that crash, hang or
/// leave threads behind do that there. Takes as long as the drivers need to start, at most 20 s. What goes wrong is in
/// `why_none`; throws std::bad_alloc only.
device_listing list_opencl_devices();

} // namespace dotcompute::isolated
