// SPDX-License-Identifier: MIT
// The part of NVIDIA's driver library that is used here, declared by ourselves so that nothing of NVIDIA's is needed to
// build. Names, numbers and layouts are those of the CUDA Driver API reference, version 13.0
// (https://docs.nvidia.com/cuda/cuda-driver-api/); they are the library's stable binary interface.
#pragma once

#include "drivers/cuda/driver_result.hpp"

#include <cstddef>
#include <cstdint>

namespace dotcompute::cuda {

using device_ordinal = int;              // CUdevice
using device_address = std::uint64_t;    // CUdeviceptr
using allocation_handle = std::uint64_t; // CUmemGenericAllocationHandle

// Opaque: only their addresses cross the interface.
using context_handle = struct CUctx_st*;
using module_handle = struct CUmod_st*;
using function_handle = struct CUfunc_st*;
using stream_handle = struct CUstream_st*;
using event_handle = struct CUevent_st*;

struct device_uuid {
  unsigned char bytes[16];
};

enum class device_attribute : int {
  max_threads_per_block = 1,
  max_block_dim_x = 2,
  max_block_dim_y = 3,
  max_block_dim_z = 4,
  max_grid_dim_x = 5,
  max_grid_dim_y = 6,
  max_grid_dim_z = 7,
  warp_size = 10,
  clock_rate = 13, ///< kHz
  multiprocessor_count = 16,
  integrated = 18,
  l2_cache_size = 38,
  max_threads_per_multiprocessor = 39,
  unified_addressing = 41,
  compute_capability_major = 75,
  compute_capability_minor = 76,
  can_use_host_pointer_for_registered_mem = 91,
  max_shared_memory_per_block_optin = 97,
  virtual_memory_management_supported = 102,
  handle_type_posix_file_descriptor_supported = 103,
  can_use_64_bit_stream_mem_ops = 122,
};

enum class function_attribute : int {
  max_threads_per_block = 0,
  shared_size_bytes = 1,
  local_size_bytes = 3,
  num_regs = 4,
  binary_version = 6,
  max_dynamic_shared_size_bytes = 8,
};

inline constexpr unsigned stream_non_blocking = 1;      // CU_STREAM_NON_BLOCKING
inline constexpr unsigned event_default = 0;            // CU_EVENT_DEFAULT
inline constexpr unsigned event_disable_timing = 2;     // CU_EVENT_DISABLE_TIMING
inline constexpr unsigned wait_value_geq = 0;           // CU_STREAM_WAIT_VALUE_GEQ
inline constexpr unsigned write_value_default = 0;      // CU_STREAM_WRITE_VALUE_DEFAULT
inline constexpr unsigned host_alloc_portable = 1;      // CU_MEMHOSTALLOC_PORTABLE
inline constexpr unsigned host_alloc_device_map = 2;    // CU_MEMHOSTALLOC_DEVICEMAP
inline constexpr unsigned host_register_portable = 1;   // CU_MEMHOSTREGISTER_PORTABLE
inline constexpr unsigned host_register_device_map = 2; // CU_MEMHOSTREGISTER_DEVICEMAP

enum class allocation_type : int { pinned = 1 };
enum class allocation_handle_type : int { none = 0, posix_file_descriptor = 1 };
enum class location_type : int { device = 1 };
enum class access_flags : int { read_write = 3 };
enum class granularity_option : int { minimum = 0, recommended = 1 };

struct memory_location {
  location_type type;
  int id;
};

struct allocation_properties { // CUmemAllocationProp
  allocation_type type;
  allocation_handle_type requested_handle_types;
  memory_location location;
  void* win32_handle_meta_data;
  unsigned char compression_type;
  unsigned char gpu_direct_rdma_capable;
  unsigned short usage;
  unsigned char reserved[4];
};
static_assert(sizeof(allocation_properties) == 32 && offsetof(allocation_properties, compression_type) == 24);

struct access_description { // CUmemAccessDesc
  memory_location location;
  access_flags flags;
};
static_assert(sizeof(access_description) == 12);

using shared_size_function = std::size_t (*)(int block_size); // CUoccupancyB2DSize

/// Each member is the function of its name; a comment gives the exported symbol where it carries a version.
struct driver_api {
  result (*cuInit)(unsigned flags);
  result (*cuDriverGetVersion)(int* version);
  result (*cuGetErrorName)(result error, const char** name);
  result (*cuGetErrorString)(result error, const char** text);

  result (*cuDeviceGetCount)(int* count);
  result (*cuDeviceGet)(device_ordinal* device, int ordinal);
  result (*cuDeviceGetName)(char* name, int bytes, device_ordinal device);
  result (*cuDeviceGetUuid)(device_uuid* uuid, device_ordinal device);   // cuDeviceGetUuid_v2
  result (*cuDeviceTotalMem)(std::size_t* bytes, device_ordinal device); // cuDeviceTotalMem_v2
  result (*cuDeviceGetAttribute)(int* value, device_attribute attribute, device_ordinal device);
  result (*cuDeviceGetPCIBusId)(char* text, int bytes, device_ordinal device);
  result (*cuDeviceCanAccessPeer)(int* can, device_ordinal device, device_ordinal peer);

  result (*cuDevicePrimaryCtxRetain)(context_handle* context, device_ordinal device);
  result (*cuDevicePrimaryCtxRelease)(device_ordinal device); // cuDevicePrimaryCtxRelease_v2
  result (*cuCtxSetCurrent)(context_handle context);
  result (*cuCtxGetCurrent)(context_handle* context);
  result (*cuCtxGetStreamPriorityRange)(int* least, int* greatest);

  result (*cuModuleLoadData)(module_handle* module, const void* image);
  result (*cuModuleUnload)(module_handle module);
  result (*cuModuleGetFunction)(function_handle* function, module_handle module, const char* name);
  result (*cuFuncGetAttribute)(int* value, function_attribute attribute, function_handle function);
  result (*cuFuncSetAttribute)(function_handle function, function_attribute attribute, int value);
  result (*cuOccupancyMaxPotentialBlockSize)(int* min_grid_size, int* block_size, function_handle function,
                                             shared_size_function shared_size, std::size_t shared_bytes,
                                             int block_size_limit);

  result (*cuStreamCreateWithPriority)(stream_handle* stream, unsigned flags, int priority);
  result (*cuStreamDestroy)(stream_handle stream); // cuStreamDestroy_v2
  result (*cuStreamQuery)(stream_handle stream);
  result (*cuStreamWaitEvent)(stream_handle stream, event_handle event, unsigned flags);
  /// cuStreamWriteValue64_v2; null where the driver is older than 11.7
  result (*cuStreamWriteValue64)(stream_handle stream, device_address address, std::uint64_t value, unsigned flags);
  /// cuStreamWaitValue64_v2; null where the driver is older than 11.7
  result (*cuStreamWaitValue64)(stream_handle stream, device_address address, std::uint64_t value, unsigned flags);

  result (*cuEventCreate)(event_handle* event, unsigned flags);
  result (*cuEventRecord)(event_handle event, stream_handle stream);
  result (*cuEventQuery)(event_handle event);
  result (*cuEventElapsedTime)(float* milliseconds, event_handle start, event_handle end);
  result (*cuEventDestroy)(event_handle event); // cuEventDestroy_v2

  result (*cuLaunchKernel)(function_handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                           unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                           stream_handle stream, void** parameters, void** extra);
  result (*cuMemcpyAsync)(device_address to, device_address from, std::size_t bytes, stream_handle stream);
  result (*cuMemsetD8Async)(device_address to, unsigned char value, std::size_t count, stream_handle stream);
  result (*cuMemsetD16Async)(device_address to, unsigned short value, std::size_t count, stream_handle stream);
  result (*cuMemsetD32Async)(device_address to, unsigned value, std::size_t count, stream_handle stream);

  result (*cuMemGetAllocationGranularity)(std::size_t* bytes, const allocation_properties* properties,
                                          granularity_option option);
  result (*cuMemCreate)(allocation_handle* handle, std::size_t bytes, const allocation_properties* properties,
                        unsigned long long flags);
  result (*cuMemRelease)(allocation_handle handle);
  result (*cuMemExportToShareableHandle)(void* shareable, allocation_handle handle, allocation_handle_type type,
                                         unsigned long long flags);
  result (*cuMemImportFromShareableHandle)(allocation_handle* handle, void* shareable, allocation_handle_type type);
  result (*cuMemAddressReserve)(device_address* address, std::size_t bytes, std::size_t alignment,
                                device_address wanted, unsigned long long flags);
  result (*cuMemAddressFree)(device_address address, std::size_t bytes);
  result (*cuMemMap)(device_address address, std::size_t bytes, std::size_t offset, allocation_handle handle,
                     unsigned long long flags);
  result (*cuMemUnmap)(device_address address, std::size_t bytes);
  result (*cuMemSetAccess)(device_address address, std::size_t bytes, const access_description* access,
                           std::size_t count);

  result (*cuMemHostRegister)(void* address, std::size_t bytes, unsigned flags); // cuMemHostRegister_v2
  result (*cuMemHostUnregister)(void* address);
  result (*cuMemHostGetDevicePointer)(device_address* on_device, void* on_host, unsigned flags); // ..._v2
  result (*cuMemHostAlloc)(void** address, std::size_t bytes, unsigned flags);
  result (*cuMemFreeHost)(void* address);
  result (*cuMemGetInfo)(std::size_t* free, std::size_t* total); // cuMemGetInfo_v2
};

} // namespace dotcompute::cuda
