// SPDX-License-Identifier: MIT
#include "drivers/opencl/known_drivers.hpp"

#include "drivers/opencl/device_properties.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace dotcompute::opencl {
namespace {

bool is_nvidia(const driver_api& api, const found_device& found) {
  return read_text(api, found.platform, platform_info::name) == "NVIDIA CUDA";
}

} // namespace

bool reaches_host_memory(const driver_api& api, const found_device& found) {
  const std::string version = read_text(api, found.device, device_info::version);
  // "OpenCL 3.0 PoCL HSTR: pthread-x86_64-..." in PoCL 3.1; remote devices of newer ones name themselves otherwise.
  return is_processors(api, found.device) &&
         read_text(api, found.platform, platform_info::name) == "Portable Computing Language" &&
         (version.find("pthread-") != std::string::npos || version.find("basic-") != std::string::npos ||
          version.find("cpu-") != std::string::npos);
}

std::uint64_t largest_global_id(const driver_api& api, const found_device& found) {
  return is_nvidia(api, found) ? 0xffff'ffff : ~std::uint64_t{0};
}

std::uint64_t usable_local_bytes(const driver_api& api, const found_device& found, std::uint64_t reported) {
  return is_nvidia(api, found) ? reported - std::min(reported, kept_local_bytes) : reported;
}

bool has_gpu_file() {
  // AMD's compute driver, NVIDIA's, Arm's, Qualcomm's, and the one of a Windows host.
  for (const char* const file : {"/dev/kfd", "/dev/nvidiactl", "/dev/mali0", "/dev/kgsl-3d0", "/dev/dxg"})
    if (::access(file, F_OK) == 0) return true;
  std::error_code failed; // then, or without such a folder, it is at its end
  for (std::filesystem::directory_iterator entry("/dev/dri", failed), end; entry != end; entry.increment(failed))
    if (entry->path().filename().native().starts_with("renderD")) return true;
  return false;
}

} // namespace dotcompute::opencl
