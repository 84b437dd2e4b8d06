// SPDX-License-Identifier: MIT
// The part of OpenCL that is used here, declared by ourselves so that no header or loader is needed to build. Names,
// numbers and signatures are those of the OpenCL 3.0 specification and the extension registry
// (https://registry.khronos.org/OpenCL/); they are the loader library's stable binary interface.
#pragma once

#include "drivers/opencl/driver_result.hpp"

#include <cstddef>
#include <cstdint>

namespace dotcompute::opencl {

// Opaque: only their addresses cross the interface.
using platform_handle = struct cl_platform_of_the_loader*;
using device_handle = struct cl_device_of_the_loader*;
using context_handle = struct cl_context_of_the_loader*;
using queue_handle = struct cl_queue_of_the_loader*;
using program_handle = struct cl_program_of_the_loader*;
using kernel_handle = struct cl_kernel_of_the_loader*;
using event_handle = struct cl_event_of_the_loader*;
using memory_handle = struct cl_mem_of_the_loader*;

using bits = std::uint64_t;     // cl_bitfield
using boolean = std::uint32_t;  // cl_bool
using property = std::intptr_t; // cl_context_properties

enum class platform_info : std::uint32_t { version = 0x0901, name = 0x0902 };

inline constexpr bits device_type_cpu = 1 << 1, device_type_gpu = 1 << 2, device_type_accelerator = 1 << 3,
                      device_type_all = 0xffffffff;

enum class device_info : std::uint32_t {
  type = 0x1000,
  max_compute_units = 0x1002,
  max_work_item_dimensions = 0x1003,
  max_work_group_size = 0x1004,
  max_work_item_sizes = 0x1005,
  max_clock_frequency = 0x100c,
  max_mem_alloc_size = 0x1010,
  mem_base_addr_align = 0x1019, ///< bits
  single_fp_config = 0x101b,
  global_mem_cacheline_size = 0x101d,
  global_mem_cache_size = 0x101e,
  global_mem_size = 0x101f,
  max_constant_buffer_size = 0x1020,
  local_mem_size = 0x1023,
  available = 0x1027,
  compiler_available = 0x1028,
  name = 0x102b,
  vendor = 0x102c,
  driver_version = 0x102d,
  version = 0x102f,
  extensions = 0x1030,
  double_fp_config = 0x1032,
  partition_properties = 0x1044,
  partition_affinity_domain = 0x1045,
  native_vector_width_float = 0x103a,
  opencl_c_version = 0x103d,
  svm_capabilities = 0x1053,
  uuid_khr = 0x106a,
  pci_bus_info_khr = 0x410f,
  warp_size_nv = 0x4003,
  pci_bus_id_nv = 0x4008,
  pci_slot_id_nv = 0x4009,
  pci_domain_id_nv = 0x400a,
  global_free_memory_amd = 0x4039, ///< KiB
  wavefront_width_amd = 0x4043,
};

inline constexpr bits svm_coarse_grain_buffer = 1 << 0, svm_fine_grain_buffer = 1 << 1, svm_fine_grain_system = 1 << 2;

inline constexpr bits fp_correctly_rounded_divide_sqrt = 1 << 7;

/// Of cl_khr_pci_bus_info.
struct pci_address {
  std::uint32_t domain, bus, device, function;
};

// Device properties that clCreateSubDevices takes; a list of counts and the whole list end with 0.
inline constexpr property partition_equally = 0x1086, partition_by_counts = 0x1087, partition_by_counts_list_end = 0,
                          partition_by_affinity_domain = 0x1088;
inline constexpr bits affinity_domain_numa = 1 << 0, affinity_domain_l4_cache = 1 << 1,
                      affinity_domain_l3_cache = 1 << 2, affinity_domain_l2_cache = 1 << 3,
                      affinity_domain_l1_cache = 1 << 4, affinity_domain_next_partitionable = 1 << 5;

inline constexpr property context_platform = 0x1084;
inline constexpr bits queue_profiling_enable = 1 << 1;
inline constexpr bits mem_read_write = 1 << 0, mem_svm_fine_grain_buffer = 1 << 10;

enum class buffer_create_type : std::uint32_t { region = 0x1220 };
/// In bytes.
struct buffer_region {
  std::size_t origin, size;
};

enum class program_info : std::uint32_t { binary_sizes = 0x1165, binaries = 0x1166 };
enum class program_build_info : std::uint32_t { log = 0x1183 };
enum class kernel_work_group_info : std::uint32_t {
  work_group_size = 0x11b0,
  local_mem_size = 0x11b2,
  preferred_work_group_size_multiple = 0x11b3,
};
enum class event_info : std::uint32_t { command_execution_status = 0x11d3 };
enum class profiling_info : std::uint32_t { command_queued = 0x1280, command_start = 0x1282, command_end = 0x1283 };

inline constexpr std::int32_t complete = 0; ///< an execution status; larger: not yet, smaller: a result

struct driver_api {
  result (*clGetPlatformIDs)(std::uint32_t, platform_handle*, std::uint32_t*);
  result (*clGetPlatformInfo)(platform_handle, platform_info, std::size_t, void*, std::size_t*);
  result (*clGetDeviceIDs)(platform_handle, bits, std::uint32_t, device_handle*, std::uint32_t*);
  result (*clGetDeviceInfo)(device_handle, device_info, std::size_t, void*, std::size_t*);

  context_handle (*clCreateContext)(const property*, std::uint32_t, const device_handle*,
                                    void (*)(const char*, const void*, std::size_t, void*), void*, result*);
  result (*clReleaseContext)(context_handle);

  queue_handle (*clCreateCommandQueue)(context_handle, device_handle, bits, result*);
  result (*clReleaseCommandQueue)(queue_handle);
  result (*clFlush)(queue_handle);

  program_handle (*clCreateProgramWithSource)(context_handle, std::uint32_t, const char**, const std::size_t*, result*);
  program_handle (*clCreateProgramWithBinary)(context_handle, std::uint32_t, const device_handle*, const std::size_t*,
                                              const unsigned char**, std::int32_t*, result*);
  result (*clGetProgramInfo)(program_handle, program_info, std::size_t, void*, std::size_t*);
  result (*clBuildProgram)(program_handle, std::uint32_t, const device_handle*, const char*,
                           void (*)(program_handle, void*), void*);
  result (*clGetProgramBuildInfo)(program_handle, device_handle, program_build_info, std::size_t, void*, std::size_t*);
  result (*clReleaseProgram)(program_handle);
  kernel_handle (*clCreateKernel)(program_handle, const char*, result*);
  result (*clReleaseKernel)(kernel_handle);
  result (*clSetKernelArg)(kernel_handle, std::uint32_t, std::size_t, const void*);
  result (*clGetKernelWorkGroupInfo)(kernel_handle, device_handle, kernel_work_group_info, std::size_t, void*,
                                     std::size_t*);

  memory_handle (*clCreateBuffer)(context_handle, bits, std::size_t, void*, result*);
  memory_handle (*clCreateSubBuffer)(memory_handle, bits, buffer_create_type, const void*, result*);
  result (*clReleaseMemObject)(memory_handle);
  result (*clEnqueueReadBuffer)(queue_handle, memory_handle, boolean, std::size_t, std::size_t, void*, std::uint32_t,
                                const event_handle*, event_handle*);
  result (*clEnqueueWriteBuffer)(queue_handle, memory_handle, boolean, std::size_t, std::size_t, const void*,
                                 std::uint32_t, const event_handle*, event_handle*);
  result (*clEnqueueCopyBuffer)(queue_handle, memory_handle, memory_handle, std::size_t, std::size_t, std::size_t,
                                std::uint32_t, const event_handle*, event_handle*);
  result (*clEnqueueFillBuffer)(queue_handle, memory_handle, const void*, std::size_t, std::size_t, std::size_t,
                                std::uint32_t, const event_handle*, event_handle*);

  result (*clEnqueueNDRangeKernel)(queue_handle, kernel_handle, std::uint32_t, const std::size_t*, const std::size_t*,
                                   const std::size_t*, std::uint32_t, const event_handle*, event_handle*);
  result (*clEnqueueBarrierWithWaitList)(queue_handle, std::uint32_t, const event_handle*, event_handle*);
  result (*clGetEventInfo)(event_handle, event_info, std::size_t, void*, std::size_t*);
  result (*clGetEventProfilingInfo)(event_handle, profiling_info, std::size_t, void*, std::size_t*);
  result (*clReleaseEvent)(event_handle);

  // Parts of devices: null before OpenCL 1.2.
  result (*clCreateSubDevices)(device_handle, const property*, std::uint32_t, device_handle*, std::uint32_t*);
  result (*clReleaseDevice)(device_handle);

  // Shared virtual memory: null before OpenCL 2.0.
  void* (*clSVMAlloc)(context_handle, bits, std::size_t, std::uint32_t);
  void (*clSVMFree)(context_handle, void*);
  result (*clSetKernelArgSVMPointer)(kernel_handle, std::uint32_t, const void*);
  result (*clEnqueueSVMMemcpy)(queue_handle, boolean, void*, const void*, std::size_t, std::uint32_t,
                               const event_handle*, event_handle*);
  result (*clEnqueueSVMMemFill)(queue_handle, void*, const void*, std::size_t, std::size_t, std::uint32_t,
                                const event_handle*, event_handle*);
};

} // namespace dotcompute::opencl
