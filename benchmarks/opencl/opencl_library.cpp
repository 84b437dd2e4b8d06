// SPDX-License-Identifier: MIT
#include "opencl_library.hpp"

#include <cstdlib>
#include <dlfcn.h>

namespace dotcompute::benchmark {

namespace {

struct opened {
  opencl_library functions{};
  bool usable = false;
  std::string reason;
};

opened open_once() {
  opened result;
  const char* const chosen = std::getenv("DOTCOMPUTE_LIBOPENCL");
  const std::string file = chosen && *chosen ? chosen : "libOpenCL.so.1";
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    result.reason = ::dlerror();
    return result;
  }
  result.usable = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    if (!function && result.usable) {
      result.usable = false;
      result.reason = file + " lacks " + name;
    }
  };
  auto& f = result.functions;
  find(f.get_platforms, "clGetPlatformIDs");
  find(f.get_platform_info, "clGetPlatformInfo");
  find(f.get_devices, "clGetDeviceIDs");
  find(f.get_device_info, "clGetDeviceInfo");
  find(f.create_context, "clCreateContext");
  find(f.release_context, "clReleaseContext");
  find(f.create_queue, "clCreateCommandQueue");
  find(f.release_queue, "clReleaseCommandQueue");
  find(f.create_buffer, "clCreateBuffer");
  find(f.release_buffer, "clReleaseMemObject");
  find(f.read_buffer, "clEnqueueReadBuffer");
  find(f.write_buffer, "clEnqueueWriteBuffer");
  find(f.copy_buffer, "clEnqueueCopyBuffer");
  find(f.map_buffer, "clEnqueueMapBuffer");
  find(f.unmap_buffer, "clEnqueueUnmapMemObject");
  find(f.create_program, "clCreateProgramWithSource");
  find(f.build_program, "clBuildProgram");
  find(f.get_build_info, "clGetProgramBuildInfo");
  find(f.release_program, "clReleaseProgram");
  find(f.create_kernel, "clCreateKernel");
  find(f.set_argument, "clSetKernelArg");
  find(f.release_kernel, "clReleaseKernel");
  find(f.launch, "clEnqueueNDRangeKernel");
  find(f.finish, "clFinish");
  return result;
}

} // namespace

const opencl_library* opencl_library::open(std::string& reason) {
  // Kept open until the process ends: OpenCL implementations start threads that must not lose their code.
  static const opened library = open_once();
  reason = library.reason;
  return library.usable ? &library.functions : nullptr;
}

} // namespace dotcompute::benchmark
