// SPDX-License-Identifier: MIT
// A loader whose first driver brings down whoever asks: all functions that there must be, of which one is called.
#include <cstdlib>

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int clGetPlatformIDs(unsigned, void**, unsigned*) {
  std::abort();
}

#define UNCALLED(name)                                                                                                 \
  EXPORT int name() {                                                                                                  \
    return -30;                                                                                                        \
  }
UNCALLED(clGetPlatformInfo)
UNCALLED(clGetDeviceIDs)
UNCALLED(clGetDeviceInfo)
UNCALLED(clCreateContext)
UNCALLED(clReleaseContext)
UNCALLED(clCreateCommandQueue)
UNCALLED(clReleaseCommandQueue)
UNCALLED(clFlush)
UNCALLED(clCreateProgramWithSource)
UNCALLED(clCreateProgramWithBinary)
UNCALLED(clGetProgramInfo)
UNCALLED(clBuildProgram)
UNCALLED(clGetProgramBuildInfo)
UNCALLED(clReleaseProgram)
UNCALLED(clCreateKernel)
UNCALLED(clReleaseKernel)
UNCALLED(clSetKernelArg)
UNCALLED(clGetKernelWorkGroupInfo)
UNCALLED(clCreateBuffer)
UNCALLED(clCreateSubBuffer)
UNCALLED(clReleaseMemObject)
UNCALLED(clEnqueueReadBuffer)
UNCALLED(clEnqueueWriteBuffer)
UNCALLED(clEnqueueCopyBuffer)
UNCALLED(clEnqueueFillBuffer)
UNCALLED(clEnqueueNDRangeKernel)
UNCALLED(clEnqueueBarrierWithWaitList)
UNCALLED(clGetEventInfo)
UNCALLED(clGetEventProfilingInfo)
UNCALLED(clReleaseEvent)
