// SPDX-License-Identifier: MIT
// The loader of OpenCL drivers, opened when the program runs.
#pragma once

#include "drivers/opencl/driver_api.hpp"
#include "support/dynamic_library.hpp"

#include <memory>
#include <string>
#include <vector>

namespace dotcompute::opencl {

/// The loader and its functions. Immutable and thread-safe. It is opened once and stays open until the process ends:
/// threads of the drivers behind it run code of theirs.
struct opencl_library {
  dynamic_library file;
  driver_api api{};
  std::string path; ///< as it was opened
};

/// The file that DOTCOMPUTE_LIBOPENCL names, else libOpenCL.so.1. Null when it cannot be used, and `why_none` says what
/// was looked for and what is wrong with it. Never throws for that. A failure is not remembered: the next call tries
/// again.
std::shared_ptr<const opencl_library> open_library(std::string& why_none);

/// A device and the platform that drives it.
struct found_device {
  platform_handle platform = nullptr;
  device_handle device = nullptr;
};

/// Every device of every platform, in the loader's order. `why_none` says why there is none; a failing platform does
/// not hide others, and is named in the log.
std::vector<found_device> find_devices(const opencl_library& library, std::string& why_none);

/// A text that the platform or device tells of itself, without spaces around it; empty when it does not.
std::string read_text(const driver_api& api, platform_handle platform, platform_info what);
std::string read_text(const driver_api& api, device_handle device, device_info what);

} // namespace dotcompute::opencl
