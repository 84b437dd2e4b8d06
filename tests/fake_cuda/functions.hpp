// SPDX-License-Identifier: MIT
// The functions of both fake libraries that their own test calls, which links them.
#pragma once

#include "abi.hpp"
#include "control.hpp"

extern "C" {
fake_cuda::status cuInit(unsigned flags);
fake_cuda::status cuDeviceGetCount(int* count);
fake_cuda::status cuDeviceGetName(char* name, int bytes, int device);
fake_cuda::status cuDevicePrimaryCtxRetain(fake_cuda::handle* context, int device);
fake_cuda::status cuDevicePrimaryCtxRelease_v2(int device);
fake_cuda::status cuCtxSetCurrent(fake_cuda::handle context);
fake_cuda::status cuModuleLoadData(fake_cuda::handle* module, const void* image);
fake_cuda::status cuModuleUnload(fake_cuda::handle module);
fake_cuda::status cuModuleGetFunction(fake_cuda::handle* function, fake_cuda::handle module, const char* name);
fake_cuda::status cuModuleGetGlobal_v2(fake_cuda::device_pointer* address, std::size_t* bytes, fake_cuda::handle module,
                                       const char* name);
fake_cuda::status cuFuncGetAttribute(int* value, int attribute, fake_cuda::handle function);
fake_cuda::status cuFuncSetAttribute(fake_cuda::handle function, int attribute, int value);
fake_cuda::status cuStreamCreateWithPriority(fake_cuda::handle* stream, unsigned flags, int priority);
fake_cuda::status cuStreamDestroy_v2(fake_cuda::handle stream);
fake_cuda::status cuStreamQuery(fake_cuda::handle stream);
fake_cuda::status cuStreamSynchronize(fake_cuda::handle stream);
fake_cuda::status cuStreamWaitEvent(fake_cuda::handle stream, fake_cuda::handle event, unsigned flags);
fake_cuda::status cuStreamWriteValue64_v2(fake_cuda::handle stream, fake_cuda::device_pointer address,
                                          std::uint64_t value, unsigned flags);
fake_cuda::status cuStreamWaitValue64_v2(fake_cuda::handle stream, fake_cuda::device_pointer address,
                                         std::uint64_t value, unsigned flags);
fake_cuda::status cuEventCreate(fake_cuda::handle* event, unsigned flags);
fake_cuda::status cuEventRecord(fake_cuda::handle event, fake_cuda::handle stream);
fake_cuda::status cuEventQuery(fake_cuda::handle event);
fake_cuda::status cuEventElapsedTime(float* milliseconds, fake_cuda::handle start, fake_cuda::handle end);
fake_cuda::status cuEventDestroy_v2(fake_cuda::handle event);
fake_cuda::status cuLaunchKernel(fake_cuda::handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                 unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                                 fake_cuda::handle stream, void** parameters, void** extra);
fake_cuda::status cuMemcpyAsync(fake_cuda::device_pointer to, fake_cuda::device_pointer from, std::size_t bytes,
                                fake_cuda::handle stream);
fake_cuda::status cuMemsetD8Async(fake_cuda::device_pointer to, unsigned char value, std::size_t count,
                                  fake_cuda::handle stream);
fake_cuda::status cuMemsetD32Async(fake_cuda::device_pointer to, unsigned value, std::size_t count,
                                   fake_cuda::handle stream);
fake_cuda::status cuMemCreate(fake_cuda::handle* memory, std::size_t bytes,
                              const fake_cuda::allocation_properties* properties, unsigned long long flags);
fake_cuda::status cuMemRelease(fake_cuda::handle memory);
fake_cuda::status cuMemExportToShareableHandle(void* shareable, fake_cuda::handle memory, int type,
                                               unsigned long long flags);
fake_cuda::status cuMemImportFromShareableHandle(fake_cuda::handle* memory, void* shareable, int type);
fake_cuda::status cuMemAddressReserve(fake_cuda::device_pointer* address, std::size_t bytes, std::size_t alignment,
                                      fake_cuda::device_pointer wanted, unsigned long long flags);
fake_cuda::status cuMemAddressFree(fake_cuda::device_pointer address, std::size_t bytes);
fake_cuda::status cuMemMap(fake_cuda::device_pointer address, std::size_t bytes, std::size_t offset,
                           fake_cuda::handle memory, unsigned long long flags);
fake_cuda::status cuMemSetAccess(fake_cuda::device_pointer address, std::size_t bytes,
                                 const fake_cuda::access_description* access, std::size_t count);
fake_cuda::status cuMemUnmap(fake_cuda::device_pointer address, std::size_t bytes);
fake_cuda::status cuMemGetInfo_v2(std::size_t* free, std::size_t* total);
fake_cuda::status cuMemHostRegister_v2(void* address, std::size_t bytes, unsigned flags);
fake_cuda::status cuMemHostUnregister(void* address);

int nvrtcCreateProgram(void** program, const char* text, const char* name, int headers, const char* const* texts,
                       const char* const* names);
int nvrtcCompileProgram(void* program, int count, const char* const* options);
int nvrtcGetProgramLogSize(void* program, std::size_t* bytes);
int nvrtcGetProgramLog(void* program, char* log);
int nvrtcGetCUBINSize(void* program, std::size_t* bytes);
int nvrtcGetCUBIN(void* program, char* binary);
int nvrtcDestroyProgram(void** program);
}
