// SPDX-License-Identifier: MIT
// What an OpenCL device says of itself.
#pragma once

#include "drivers/opencl/opencl_library.hpp"

#include <dotcompute/capabilities.hpp>
#include <dotcompute/known.hpp>

#include <cstdint>
#include <string_view>

namespace dotcompute::opencl {

/// Asks the device for one number. Unknown when it does not answer.
template <class T>
known<T> read_number(const driver_api& api, device_handle device, device_info what) {
  T value{};
  std::size_t bytes = 0;
  if (api.clGetDeviceInfo(device, what, sizeof value, &value, &bytes) != result::success || bytes != sizeof value)
    return {};
  return value;
}

/// Whether `extensions`, as a device lists them, has this one.
bool has_extension(std::string_view extensions, std::string_view name);

/// Of a device that is the host's processors.
bool is_processors(const driver_api& api, device_handle device);

/// All of it. What the device does not tell, or only an extension could, is unknown.
capabilities read_capabilities(const driver_api& api, const found_device& found);

} // namespace dotcompute::opencl
