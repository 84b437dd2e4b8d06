// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_devices.hpp"

#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/known_drivers.hpp"
#include "drivers/opencl/opencl_driver.hpp"
#include "drivers/opencl/opencl_library.hpp"

#include <cstdlib>
#include <utility>

namespace dotcompute::opencl {
namespace {

std::string id_of(std::size_t ordinal) {
  return "opencl:" + std::to_string(ordinal);
}

} // namespace

std::vector<dotcompute::device_info> devices(std::string& why_none) {
  std::vector<dotcompute::device_info> listed;
  const auto library = open_library(why_none);
  if (!library) return listed;
  for (const found_device& found : find_devices(*library, why_none)) {
    dotcompute::device_info d{id_of(listed.size()), read_capabilities(library->api, found)};
    if (is_processors(library->api, found.device)) {
      d.better_as = "cpu:0";
      d.better_because = "a lane of a vector for each work-item, mathematical functions of known accuracy, printf that "
                         "reaches the application";
    }
    listed.push_back(std::move(d));
  }
  return listed;
}

bool may_show_gpu() {
  const char* const chosen = std::getenv("DOTCOMPUTE_LIBOPENCL");
  return (chosen && *chosen) || has_gpu_file();
}

std::unique_ptr<drivers::driver> open(std::uint32_t ordinal, const drivers::driver_options&, std::string_view part) {
  const std::string id = id_of(ordinal) + (part.empty() ? "" : "/" + std::string(part)), operation = "open the device";
  const device_part wanted = part.empty() ? device_part() : parse_part(part, id);
  std::string why;
  const auto library = open_library(why);
  if (!library)
    throw error(error_code::device_not_found, why,
                {id, 1, operation,
                 "Install the OpenCL loader (Debian: ocl-icd-libopencl1), or set DOTCOMPUTE_LIBOPENCL to its "
                 "libOpenCL.so.1."});
  const std::vector<found_device> found = find_devices(*library, why);
  if (ordinal >= found.size())
    throw error(
        error_code::device_not_found,
        found.empty()
            ? why
            : "the OpenCL drivers show " + std::to_string(found.size()) + (found.size() == 1 ? " device" : " devices"),
        {id, 1, operation, meaning_of(found.empty() ? result::platform_not_found : result::device_not_found).remedy});
  found_device opened = found[ordinal];
  sub_device own;
  if (!part.empty()) {
    own = sub_device(library, opened.device, wanted, id);
    opened.device = own.get();
  }
  return std::make_unique<opencl_driver>(library, opened, id, std::move(own));
}

} // namespace dotcompute::opencl
