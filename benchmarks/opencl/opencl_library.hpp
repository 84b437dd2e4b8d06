// SPDX-License-Identifier: MIT
// libOpenCL, opened at run time: the functions that the benchmarks call. DOTCOMPUTE_LIBOPENCL names another file, as it
// does for the library, so that both count devices alike.
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <string>

namespace dotcompute::benchmark {

struct opencl_library {
  decltype(&clGetPlatformIDs) get_platforms;
  decltype(&clGetPlatformInfo) get_platform_info;
  decltype(&clGetDeviceIDs) get_devices;
  decltype(&clGetDeviceInfo) get_device_info;
  decltype(&clCreateContext) create_context;
  decltype(&clReleaseContext) release_context;
  decltype(&clCreateCommandQueue) create_queue;
  decltype(&clReleaseCommandQueue) release_queue;
  decltype(&clCreateBuffer) create_buffer;
  decltype(&clReleaseMemObject) release_buffer;
  decltype(&clEnqueueReadBuffer) read_buffer;
  decltype(&clEnqueueWriteBuffer) write_buffer;
  decltype(&clEnqueueCopyBuffer) copy_buffer;
  decltype(&clEnqueueMapBuffer) map_buffer;
  decltype(&clEnqueueUnmapMemObject) unmap_buffer;
  decltype(&clCreateProgramWithSource) create_program;
  decltype(&clBuildProgram) build_program;
  decltype(&clGetProgramBuildInfo) get_build_info;
  decltype(&clReleaseProgram) release_program;
  decltype(&clCreateKernel) create_kernel;
  decltype(&clSetKernelArg) set_argument;
  decltype(&clReleaseKernel) release_kernel;
  decltype(&clEnqueueNDRangeKernel) launch;
  decltype(&clFinish) finish;

  /// The one of this process; null when it cannot be opened, with the reason in `reason`.
  static const opencl_library* open(std::string& reason);
};

} // namespace dotcompute::benchmark
