// SPDX-License-Identifier: MIT
#include "drivers/opencl/opencl_library.hpp"

#include "drivers/opencl/driver_error.hpp"
#include "support/log.hpp"
#include "support/quiet_signals.hpp"
#include "support/symbol_binder.hpp"

#include <cstdlib>
#include <mutex>

namespace dotcompute::opencl {
namespace {

std::string bind(const dynamic_library& file, driver_api& f) {
  symbol_binder b(file);
  b.required(f.clGetPlatformIDs, "clGetPlatformIDs");
  b.required(f.clGetPlatformInfo, "clGetPlatformInfo");
  b.required(f.clGetDeviceIDs, "clGetDeviceIDs");
  b.required(f.clGetDeviceInfo, "clGetDeviceInfo");
  b.required(f.clCreateContext, "clCreateContext");
  b.required(f.clReleaseContext, "clReleaseContext");
  b.required(f.clCreateCommandQueue, "clCreateCommandQueue");
  b.required(f.clReleaseCommandQueue, "clReleaseCommandQueue");
  b.required(f.clFlush, "clFlush");
  b.required(f.clCreateProgramWithSource, "clCreateProgramWithSource");
  b.required(f.clCreateProgramWithBinary, "clCreateProgramWithBinary");
  b.required(f.clGetProgramInfo, "clGetProgramInfo");
  b.required(f.clBuildProgram, "clBuildProgram");
  b.required(f.clGetProgramBuildInfo, "clGetProgramBuildInfo");
  b.required(f.clReleaseProgram, "clReleaseProgram");
  b.required(f.clCreateKernel, "clCreateKernel");
  b.required(f.clReleaseKernel, "clReleaseKernel");
  b.required(f.clSetKernelArg, "clSetKernelArg");
  b.required(f.clGetKernelWorkGroupInfo, "clGetKernelWorkGroupInfo");
  b.required(f.clCreateBuffer, "clCreateBuffer");
  b.required(f.clCreateSubBuffer, "clCreateSubBuffer"); // OpenCL 1.1
  b.required(f.clReleaseMemObject, "clReleaseMemObject");
  b.required(f.clEnqueueReadBuffer, "clEnqueueReadBuffer");
  b.required(f.clEnqueueWriteBuffer, "clEnqueueWriteBuffer");
  b.required(f.clEnqueueCopyBuffer, "clEnqueueCopyBuffer");
  b.required(f.clEnqueueFillBuffer, "clEnqueueFillBuffer"); // OpenCL 1.2
  b.required(f.clEnqueueNDRangeKernel, "clEnqueueNDRangeKernel");
  b.required(f.clEnqueueBarrierWithWaitList, "clEnqueueBarrierWithWaitList");
  b.required(f.clGetEventInfo, "clGetEventInfo");
  b.required(f.clGetEventProfilingInfo, "clGetEventProfilingInfo");
  b.required(f.clReleaseEvent, "clReleaseEvent");
  b.optional(f.clCreateSubDevices, "clCreateSubDevices");
  b.optional(f.clReleaseDevice, "clReleaseDevice");
  b.optional(f.clSVMAlloc, "clSVMAlloc");
  b.optional(f.clSVMFree, "clSVMFree");
  b.optional(f.clSetKernelArgSVMPointer, "clSetKernelArgSVMPointer");
  b.optional(f.clEnqueueSVMMemcpy, "clEnqueueSVMMemcpy");
  b.optional(f.clEnqueueSVMMemFill, "clEnqueueSVMMemFill");
  return b.missing;
}

std::shared_ptr<const opencl_library> load(const std::string& path, bool is_chosen, std::string& why_none) {
  const std::string named = is_chosen ? path + " (DOTCOMPUTE_LIBOPENCL)" : path;
  auto library = std::make_shared<opencl_library>();
  library->path = path;
  try {
    library->file = dynamic_library::open(path);
  } catch (const error& e) {
    why_none = "no OpenCL loader: looked for " + named + ": " + e.message();
    return nullptr;
  }
  if (const std::string missing = bind(library->file, library->api); !missing.empty()) {
    why_none = "the OpenCL loader in " + named + " is too old or damaged: it lacks " + missing;
    return nullptr;
  }
  return library;
}

/// `ask(bytes, place, needed)` is one of the clGet...Info functions.
template <class Ask>
std::string read_text_by(const Ask& ask) {
  std::size_t bytes = 0;
  if (ask(0, nullptr, &bytes) != result::success || bytes == 0 || bytes > (1 << 20)) return {};
  std::string text(bytes, '\0');
  if (ask(bytes, text.data(), nullptr) != result::success) return {};
  text.resize(text.find('\0') == std::string::npos ? bytes : text.find('\0'));
  const auto begin = text.find_first_not_of(' ');
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

} // namespace

std::string read_text(const driver_api& api, platform_handle platform, platform_info what) {
  return read_text_by([&](std::size_t bytes, void* place, std::size_t* needed) {
    return api.clGetPlatformInfo(platform, what, bytes, place, needed);
  });
}

std::string read_text(const driver_api& api, device_handle device, device_info what) {
  return read_text_by([&](std::size_t bytes, void* place, std::size_t* needed) {
    return api.clGetDeviceInfo(device, what, bytes, place, needed);
  });
}

std::shared_ptr<const opencl_library> open_library(std::string& why_none) {
  static std::mutex guard;
  // Never destroyed: threads of the drivers may run their code until the process has ended.
  static auto* const opened = new std::shared_ptr<const opencl_library>();
  const std::lock_guard lock(guard);
  if (!*opened) {
    const char* const chosen = std::getenv("DOTCOMPUTE_LIBOPENCL");
    const bool is_chosen = chosen && *chosen;
    *opened = load(is_chosen ? chosen : "libOpenCL.so.1", is_chosen, why_none);
  }
  return *opened;
}

std::vector<found_device> find_devices(const opencl_library& library, std::string& why_none) {
  const driver_api& api = library.api;
  const quiet_signals quiet; // drivers start threads of their own when they are first asked
  std::vector<found_device> found;
  std::uint32_t count = 0;
  result r = api.clGetPlatformIDs(0, nullptr, &count);
  std::vector<platform_handle> platforms(r == result::success ? count : 0);
  if (!platforms.empty()) r = api.clGetPlatformIDs(count, platforms.data(), nullptr);
  if (r == result::platform_not_found || (r == result::success && count == 0)) {
    why_none = "the OpenCL loader in " + library.path + " knows no platform; drivers announce themselves in " +
               "/etc/OpenCL/vendors";
    return found;
  }
  if (r != result::success) {
    why_none = "the OpenCL loader in " + library.path + " does not list platforms: " + describe(r, "clGetPlatformIDs");
    return found;
  }
  why_none.clear();
  for (const platform_handle platform : platforms) {
    const std::string name = read_text(api, platform, platform_info::name);
    r = api.clGetDeviceIDs(platform, device_type_all, 0, nullptr, &count);
    std::vector<device_handle> devices(r == result::success ? count : 0);
    if (!devices.empty()) r = api.clGetDeviceIDs(platform, device_type_all, count, devices.data(), nullptr);
    if (r != result::success) {
      const std::string text = "platform '" + name + "': " + describe(r, "clGetDeviceIDs");
      if (r != result::device_not_found) log::warning("OpenCL {} is left out", text);
      why_none += (why_none.empty() ? "" : "; ") + text;
      continue;
    }
    for (const device_handle device : devices)
      found.push_back({platform, device});
  }
  if (!found.empty()) why_none.clear();
  return found;
}

} // namespace dotcompute::opencl
