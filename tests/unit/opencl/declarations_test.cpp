// SPDX-License-Identifier: MIT
// Our own declarations against the headers of the Khronos Group.
#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include "drivers/opencl/driver_api.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <type_traits>

namespace dotcompute::opencl {
namespace {

template <class T>
constexpr auto number_of(T v) {
  return static_cast<long long>(v);
}

/// What a type looks like to a caller: handles and their addresses are pointers, enumerations are their numbers.
template <class T>
struct plain {
  using type = T;
};
template <class T>
requires std::is_enum_v<T>
struct plain<T> {
  using type = std::underlying_type_t<T>;
};
template <class T>
struct plain<T*> {
  using type = void*;
};
template <class T>
using plain_t = typename plain<std::remove_cv_t<T>>::type;

template <class Ours, class Theirs>
struct same_call : std::false_type {};
template <class R, class... A, class S, class... B>
requires(sizeof...(A) == sizeof...(B)) struct same_call<R (*)(A...), S (*)(B...)>
    : std::bool_constant<std::is_same_v<plain_t<R>, plain_t<S>> && (std::is_same_v<plain_t<A>, plain_t<B>> && ...)> {
};

#define SAME_CALL(name) static_assert(same_call<decltype(driver_api::name), decltype(&::name)>::value)
SAME_CALL(clGetPlatformIDs);
SAME_CALL(clGetPlatformInfo);
SAME_CALL(clGetDeviceIDs);
SAME_CALL(clGetDeviceInfo);
SAME_CALL(clCreateSubDevices);
SAME_CALL(clReleaseDevice);
SAME_CALL(clCreateContext);
SAME_CALL(clReleaseContext);
SAME_CALL(clCreateCommandQueue);
SAME_CALL(clReleaseCommandQueue);
SAME_CALL(clFlush);
SAME_CALL(clCreateProgramWithSource);
SAME_CALL(clCreateProgramWithBinary);
SAME_CALL(clGetProgramInfo);
SAME_CALL(clBuildProgram);
SAME_CALL(clGetProgramBuildInfo);
SAME_CALL(clReleaseProgram);
SAME_CALL(clCreateKernel);
SAME_CALL(clReleaseKernel);
SAME_CALL(clSetKernelArg);
SAME_CALL(clGetKernelWorkGroupInfo);
SAME_CALL(clEnqueueNDRangeKernel);
SAME_CALL(clEnqueueBarrierWithWaitList);
SAME_CALL(clGetEventInfo);
SAME_CALL(clGetEventProfilingInfo);
SAME_CALL(clReleaseEvent);
SAME_CALL(clCreateBuffer);
SAME_CALL(clCreateSubBuffer);
SAME_CALL(clReleaseMemObject);
SAME_CALL(clEnqueueReadBuffer);
SAME_CALL(clEnqueueWriteBuffer);
SAME_CALL(clEnqueueCopyBuffer);
SAME_CALL(clEnqueueFillBuffer);
static_assert(sizeof(buffer_region) == sizeof(cl_buffer_region) &&
              offsetof(buffer_region, size) == offsetof(cl_buffer_region, size));
SAME_CALL(clSVMAlloc);
SAME_CALL(clSVMFree);
SAME_CALL(clSetKernelArgSVMPointer);
SAME_CALL(clEnqueueSVMMemcpy);
SAME_CALL(clEnqueueSVMMemFill);
#undef SAME_CALL

// Not in these headers, so not compared: the PCI address of cl_nv_device_attribute_query.
TEST(opencl_declarations, NumbersAreThoseOfTheSpecification) {
  const struct {
    long long ours, theirs;
  } pairs[] = {
      {number_of(device_info::partition_properties), CL_DEVICE_PARTITION_PROPERTIES},
      {number_of(device_info::partition_affinity_domain), CL_DEVICE_PARTITION_AFFINITY_DOMAIN},
      {number_of(partition_equally), CL_DEVICE_PARTITION_EQUALLY},
      {number_of(partition_by_counts), CL_DEVICE_PARTITION_BY_COUNTS},
      {number_of(partition_by_counts_list_end), CL_DEVICE_PARTITION_BY_COUNTS_LIST_END},
      {number_of(partition_by_affinity_domain), CL_DEVICE_PARTITION_BY_AFFINITY_DOMAIN},
      {number_of(affinity_domain_numa), CL_DEVICE_AFFINITY_DOMAIN_NUMA},
      {number_of(affinity_domain_l4_cache), CL_DEVICE_AFFINITY_DOMAIN_L4_CACHE},
      {number_of(affinity_domain_l3_cache), CL_DEVICE_AFFINITY_DOMAIN_L3_CACHE},
      {number_of(affinity_domain_l2_cache), CL_DEVICE_AFFINITY_DOMAIN_L2_CACHE},
      {number_of(affinity_domain_l1_cache), CL_DEVICE_AFFINITY_DOMAIN_L1_CACHE},
      {number_of(affinity_domain_next_partitionable), CL_DEVICE_AFFINITY_DOMAIN_NEXT_PARTITIONABLE},
      {number_of(platform_info::name), CL_PLATFORM_NAME},
      {number_of(platform_info::version), CL_PLATFORM_VERSION},
      {number_of(device_type_cpu), CL_DEVICE_TYPE_CPU},
      {number_of(device_type_gpu), CL_DEVICE_TYPE_GPU},
      {number_of(device_type_accelerator), CL_DEVICE_TYPE_ACCELERATOR},
      {number_of(device_type_all), CL_DEVICE_TYPE_ALL},
      {number_of(device_info::type), CL_DEVICE_TYPE},
      {number_of(device_info::max_compute_units), CL_DEVICE_MAX_COMPUTE_UNITS},
      {number_of(device_info::max_work_item_dimensions), CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS},
      {number_of(device_info::max_work_group_size), CL_DEVICE_MAX_WORK_GROUP_SIZE},
      {number_of(device_info::max_work_item_sizes), CL_DEVICE_MAX_WORK_ITEM_SIZES},
      {number_of(device_info::max_clock_frequency), CL_DEVICE_MAX_CLOCK_FREQUENCY},
      {number_of(device_info::max_mem_alloc_size), CL_DEVICE_MAX_MEM_ALLOC_SIZE},
      {number_of(device_info::mem_base_addr_align), CL_DEVICE_MEM_BASE_ADDR_ALIGN},
      {number_of(device_info::max_constant_buffer_size), CL_DEVICE_MAX_CONSTANT_BUFFER_SIZE},
      {number_of(buffer_create_type::region), CL_BUFFER_CREATE_TYPE_REGION},
      {number_of(device_info::global_mem_cacheline_size), CL_DEVICE_GLOBAL_MEM_CACHELINE_SIZE},
      {number_of(device_info::global_mem_cache_size), CL_DEVICE_GLOBAL_MEM_CACHE_SIZE},
      {number_of(device_info::global_mem_size), CL_DEVICE_GLOBAL_MEM_SIZE},
      {number_of(device_info::local_mem_size), CL_DEVICE_LOCAL_MEM_SIZE},
      {number_of(device_info::available), CL_DEVICE_AVAILABLE},
      {number_of(device_info::compiler_available), CL_DEVICE_COMPILER_AVAILABLE},
      {number_of(device_info::name), CL_DEVICE_NAME},
      {number_of(device_info::vendor), CL_DEVICE_VENDOR},
      {number_of(device_info::driver_version), CL_DRIVER_VERSION},
      {number_of(device_info::version), CL_DEVICE_VERSION},
      {number_of(device_info::extensions), CL_DEVICE_EXTENSIONS},
      {number_of(device_info::double_fp_config), CL_DEVICE_DOUBLE_FP_CONFIG},
      {number_of(device_info::native_vector_width_float), CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT},
      {number_of(device_info::opencl_c_version), CL_DEVICE_OPENCL_C_VERSION},
      {number_of(device_info::svm_capabilities), CL_DEVICE_SVM_CAPABILITIES},
      {number_of(device_info::uuid_khr), CL_DEVICE_UUID_KHR},
      {number_of(device_info::pci_bus_info_khr), CL_DEVICE_PCI_BUS_INFO_KHR},
      {number_of(device_info::warp_size_nv), CL_DEVICE_WARP_SIZE_NV},
      {number_of(device_info::global_free_memory_amd), CL_DEVICE_GLOBAL_FREE_MEMORY_AMD},
      {number_of(device_info::wavefront_width_amd), CL_DEVICE_WAVEFRONT_WIDTH_AMD},
      {number_of(svm_coarse_grain_buffer), CL_DEVICE_SVM_COARSE_GRAIN_BUFFER},
      {number_of(svm_fine_grain_buffer), CL_DEVICE_SVM_FINE_GRAIN_BUFFER},
      {number_of(svm_fine_grain_system), CL_DEVICE_SVM_FINE_GRAIN_SYSTEM},
      {number_of(context_platform), CL_CONTEXT_PLATFORM},
      {number_of(queue_profiling_enable), CL_QUEUE_PROFILING_ENABLE},
      {number_of(mem_read_write), CL_MEM_READ_WRITE},
      {number_of(mem_svm_fine_grain_buffer), CL_MEM_SVM_FINE_GRAIN_BUFFER},
      {number_of(program_build_info::log), CL_PROGRAM_BUILD_LOG},
      {number_of(program_info::binary_sizes), CL_PROGRAM_BINARY_SIZES},
      {number_of(program_info::binaries), CL_PROGRAM_BINARIES},
      {number_of(kernel_work_group_info::work_group_size), CL_KERNEL_WORK_GROUP_SIZE},
      {number_of(kernel_work_group_info::local_mem_size), CL_KERNEL_LOCAL_MEM_SIZE},
      {number_of(kernel_work_group_info::preferred_work_group_size_multiple),
       CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE},
      {number_of(event_info::command_execution_status), CL_EVENT_COMMAND_EXECUTION_STATUS},
      {number_of(profiling_info::command_queued), CL_PROFILING_COMMAND_QUEUED},
      {number_of(profiling_info::command_start), CL_PROFILING_COMMAND_START},
      {number_of(profiling_info::command_end), CL_PROFILING_COMMAND_END},
      {number_of(complete), CL_COMPLETE},
      {number_of(result::out_of_resources), CL_OUT_OF_RESOURCES},
      {number_of(result::invalid_binary), CL_INVALID_BINARY},
      {number_of(result::max_size_restriction_exceeded), CL_MAX_SIZE_RESTRICTION_EXCEEDED},
      {number_of(result::platform_not_found), CL_PLATFORM_NOT_FOUND_KHR},
      {number_of(result::context_terminated), CL_CONTEXT_TERMINATED_KHR},
  };
  for (std::size_t i = 0; i < std::size(pairs); ++i)
    EXPECT_EQ(pairs[i].ours, pairs[i].theirs) << "pair " << i;
  static_assert(sizeof(pci_address) == sizeof(cl_device_pci_bus_info_khr));
}

} // namespace
} // namespace dotcompute::opencl
