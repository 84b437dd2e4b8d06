// SPDX-License-Identifier: MIT
// OpenCL devices of this machine.
#pragma once

#include "drivers/driver.hpp"

#include <dotcompute/capabilities.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::opencl {

/// Every device of every OpenCL platform, "opencl:0" first; a failing platform does not hide others. What is the host's
/// processors says that they are better driven as "cpu:0". When there is no device, `why_none` says what was looked for
/// and what was found. Makes no context, but loads the drivers' libraries and lets them start threads. Thread-safe.
/// Throws std::bad_alloc only.
std::vector<dotcompute::device_info> devices(std::string& why_none);

/// Cheap, and loads nothing: false when no device file of a GPU is there, and DOTCOMPUTE_LIBOPENCL names no loader.
bool may_show_gpu();

/// Opens "opencl:<ordinal>", or "opencl:<ordinal>/<part>", as parse_part() reads it. What kernels print goes to
/// standard output, where the device's driver writes it. Throws device_not_found, unsupported, out_of_device_memory,
/// device_lost, and for a part invalid_argument, limit_exceeded.
std::unique_ptr<drivers::driver> open(std::uint32_t ordinal, const drivers::driver_options& options,
                                      std::string_view part = {});

} // namespace dotcompute::opencl
