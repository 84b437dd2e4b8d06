// SPDX-License-Identifier: MIT
#include "gpu_fixture.hpp"

#include "fresh_process.hpp"

namespace dotcompute::hardware {

std::string why_not() {
  std::string reason;
  const auto* library = raw::driver_library::open(reason);
  if (!library) return "no NVIDIA driver: " + reason;
  int count = 0;
  if (const auto code = library->device_count(&count); code != 0)
    return "cuDeviceGetCount answers " + std::to_string(code);
  return count > 0 ? std::string() : "the NVIDIA driver has no GPU";
}

const raw::driver_library& driver() {
  std::string reason;
  const auto* library = raw::driver_library::open(reason);
  if (!library) throw std::runtime_error(reason);
  return *library;
}

raw_context::raw_context() {
  raw::device_number device = 0;
  raw::check(driver(), driver().get_device(&device, 0), "cuDeviceGet");
  raw::context context = nullptr;
  raw::check(driver(), driver().retain_primary_context(&context, device), "cuDevicePrimaryCtxRetain");
  raw::check(driver(), driver().set_current(context), "cuCtxSetCurrent");
}

raw_context::~raw_context() {
  driver().set_current(nullptr);
  driver().release_primary_context(0);
}

std::string run_child(const std::vector<std::string>& words) {
  std::vector<std::string> arguments{"--child"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return benchmark::run_fresh("/proc/self/exe", arguments, {}, std::chrono::seconds(60));
}

} // namespace dotcompute::hardware
