// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_devices.hpp"

#include "drivers/cuda/cuda_driver.hpp"
#include "drivers/cuda/cuda_library.hpp"
#include "drivers/cuda/device_properties.hpp"
#include "drivers/cuda/driver_error.hpp"
#include "support/log.hpp"

namespace dotcompute::cuda {
namespace {

std::string id_of(std::uint32_t ordinal) {
  return "cuda:" + std::to_string(ordinal);
}

} // namespace

std::vector<device_info> devices(std::string& why_none) {
  std::vector<device_info> found;
  const auto library = open_library(why_none);
  if (!library) return found;
  const driver_api& api = library->api;
  int count = 0;
  if (const result r = api.cuDeviceGetCount(&count); r != result::success) {
    why_none =
        "the CUDA driver in " + library->path + " does not list devices: " + describe(r, "cuDeviceGetCount", &api);
    return found;
  }
  why_none = "the CUDA driver in " + library->path + " shows no device";
  for (int i = 0; i < count; ++i) {
    const std::string id = id_of(static_cast<std::uint32_t>(i));
    device_ordinal device = 0;
    if (const result r = api.cuDeviceGet(&device, i); r != result::success) {
      why_none += (i == 0 ? " that answers; " : "; ") + id + ": " + describe(r, "cuDeviceGet", &api);
      log::warning("{} is left out: {}", id, describe(r, "cuDeviceGet", &api));
      continue;
    }
    found.push_back({id, read_capabilities(*library, device)});
  }
  if (!found.empty()) why_none.clear();
  return found;
}

std::unique_ptr<drivers::driver> open(std::uint32_t ordinal, const drivers::driver_options& options) {
  const std::string id = id_of(ordinal), operation = "open the device";
  std::string why;
  const auto library = open_library(why);
  if (!library)
    throw error(error_code::device_not_found, why,
                {id, 1, operation, "Install the NVIDIA driver, or set DOTCOMPUTE_LIBCUDA to its libcuda.so.1."});
  const driver_api& api = library->api;
  int count = 0;
  if (const result r = api.cuDeviceGetCount(&count); r != result::success)
    throw make_error(r, "cuDeviceGetCount", &api, id, operation);
  if (ordinal >= static_cast<std::uint32_t>(count))
    throw error(error_code::device_not_found,
                "the CUDA driver shows " + std::to_string(count) + (count == 1 ? " device" : " devices"),
                {id, 1, operation, "Use an id that `dotcompute devices` lists."});
  device_ordinal device = 0;
  if (const result r = api.cuDeviceGet(&device, static_cast<int>(ordinal)); r != result::success)
    throw make_error(r, "cuDeviceGet", &api, id, operation);
  return std::make_unique<cuda_driver>(library, device, id, options);
}

} // namespace dotcompute::cuda
