// SPDX-License-Identifier: MIT
#include "drivers/opencl/known_drivers.hpp"

#include "drivers/opencl/device_properties.hpp"

namespace dotcompute::opencl {

bool reaches_host_memory(const driver_api& api, const found_device& found) {
  const bits type = read_number<bits>(api, found.device, device_info::type).value_or(bits{0});
  const std::string version = read_text(api, found.device, device_info::version);
  // "OpenCL 3.0 PoCL HSTR: pthread-x86_64-..." in PoCL 3.1; remote devices of newer ones name themselves otherwise.
  return (type & device_type_cpu) != 0 &&
         read_text(api, found.platform, platform_info::name) == "Portable Computing Language" &&
         (version.find("pthread-") != std::string::npos || version.find("basic-") != std::string::npos ||
          version.find("cpu-") != std::string::npos);
}

} // namespace dotcompute::opencl
