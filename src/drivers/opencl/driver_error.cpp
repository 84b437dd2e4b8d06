// SPDX-License-Identifier: MIT
#include "drivers/opencl/driver_error.hpp"

#include <algorithm>
#include <array>

namespace dotcompute::opencl {
namespace {

constexpr auto resource = error_class::resource, programmer = error_class::programmer, lost = error_class::device_lost,
               fatal = error_class::fatal;

constexpr const char* report = "Please report this: dotcompute made a call that it should not have made.";
constexpr const char* listed = "Use an id that `dotcompute devices` lists.";
constexpr const char* no_platform = "Install an OpenCL driver for the device, such as Debian's pocl-opencl-icd.";
constexpr const char* no_compiler = "Use a device whose driver brings its compiler along.";
constexpr const char* not_here = "Use a device or driver that can do it.";
constexpr const char* free_memory = "Free device memory, or use less of it.";
constexpr const char* free_host = "Free memory on this machine.";
constexpr const char* aligned = "Start slices at a multiple of the device's alignment, or use another device.";
constexpr const char* check_sizes = "Check the sizes and addresses that were passed.";
constexpr const char* check_arguments = "Check the kernel's arguments against its signature.";
constexpr const char* first_failure = "Look at the first error of the queue that was waited for.";
constexpr const char* other_compiler =
    "The driver's own compiler refuses it; change the source, or use another device or driver.";
constexpr const char* other_options = "Leave out build options that the device's driver does not know.";
constexpr const char* recompile = "Compile the program again, on this machine and for this device.";
constexpr const char* smaller = "Use smaller work-groups or less local memory.";
constexpr const char* smaller_range = "Launch several smaller ND-ranges.";
constexpr const char* gone =
    "Open the device again; if it then fails as well, start the process again. A kernel may be "
    "at fault: look for accesses outside its buffers.";

constexpr std::array meanings{
    result_meaning{result::device_not_found, "CL_DEVICE_NOT_FOUND", programmer, error_code::device_not_found, listed},
    result_meaning{result::device_not_available, "CL_DEVICE_NOT_AVAILABLE", lost, error_code::device_lost, gone},
    result_meaning{result::compiler_not_available, "CL_COMPILER_NOT_AVAILABLE", programmer, error_code::unsupported,
                   no_compiler},
    result_meaning{result::mem_object_allocation_failure, "CL_MEM_OBJECT_ALLOCATION_FAILURE", resource,
                   error_code::out_of_device_memory, free_memory},
    result_meaning{result::out_of_resources, "CL_OUT_OF_RESOURCES", resource, error_code::out_of_device_memory,
                   free_memory, true},
    result_meaning{result::out_of_host_memory, "CL_OUT_OF_HOST_MEMORY", resource, error_code::out_of_memory, free_host},
    result_meaning{result::profiling_info_not_available, "CL_PROFILING_INFO_NOT_AVAILABLE", fatal, error_code::internal,
                   report},
    result_meaning{result::mem_copy_overlap, "CL_MEM_COPY_OVERLAP", programmer, error_code::invalid_range, check_sizes},
    result_meaning{result::image_format_mismatch, "CL_IMAGE_FORMAT_MISMATCH", fatal, error_code::internal, report},
    result_meaning{result::image_format_not_supported, "CL_IMAGE_FORMAT_NOT_SUPPORTED", fatal, error_code::internal,
                   report},
    result_meaning{result::build_program_failure, "CL_BUILD_PROGRAM_FAILURE", programmer, error_code::compile_failed,
                   other_compiler},
    result_meaning{result::map_failure, "CL_MAP_FAILURE", resource, error_code::out_of_memory, free_host},
    result_meaning{result::misaligned_sub_buffer_offset, "CL_MISALIGNED_SUB_BUFFER_OFFSET", programmer,
                   error_code::unsupported, aligned},
    result_meaning{result::exec_status_error_for_events_in_wait_list, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
                   programmer, error_code::earlier_command_failed, first_failure},
    result_meaning{result::compile_program_failure, "CL_COMPILE_PROGRAM_FAILURE", programmer,
                   error_code::compile_failed, other_compiler},
    result_meaning{result::linker_not_available, "CL_LINKER_NOT_AVAILABLE", programmer, error_code::unsupported,
                   no_compiler},
    result_meaning{result::link_program_failure, "CL_LINK_PROGRAM_FAILURE", programmer, error_code::compile_failed,
                   other_compiler},
    result_meaning{result::device_partition_failed, "CL_DEVICE_PARTITION_FAILED", programmer, error_code::unsupported,
                   not_here},
    result_meaning{result::kernel_arg_info_not_available, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE", fatal,
                   error_code::internal, report},
    result_meaning{result::invalid_value, "CL_INVALID_VALUE", programmer, error_code::invalid_argument, check_sizes},
    result_meaning{result::invalid_device_type, "CL_INVALID_DEVICE_TYPE", fatal, error_code::internal, report},
    result_meaning{result::invalid_platform, "CL_INVALID_PLATFORM", programmer, error_code::device_not_found, listed},
    result_meaning{result::invalid_device, "CL_INVALID_DEVICE", programmer, error_code::device_not_found, listed},
    result_meaning{result::invalid_context, "CL_INVALID_CONTEXT", lost, error_code::device_lost, gone},
    result_meaning{result::invalid_queue_properties, "CL_INVALID_QUEUE_PROPERTIES", programmer, error_code::unsupported,
                   not_here},
    result_meaning{result::invalid_command_queue, "CL_INVALID_COMMAND_QUEUE", lost, error_code::device_lost, gone},
    result_meaning{result::invalid_host_ptr, "CL_INVALID_HOST_PTR", fatal, error_code::internal, report},
    result_meaning{result::invalid_mem_object, "CL_INVALID_MEM_OBJECT", fatal, error_code::internal, report},
    result_meaning{result::invalid_image_format_descriptor, "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", fatal,
                   error_code::internal, report},
    result_meaning{result::invalid_image_size, "CL_INVALID_IMAGE_SIZE", fatal, error_code::internal, report},
    result_meaning{result::invalid_sampler, "CL_INVALID_SAMPLER", fatal, error_code::internal, report},
    result_meaning{result::invalid_binary, "CL_INVALID_BINARY", programmer, error_code::invalid_binary, recompile},
    result_meaning{result::invalid_build_options, "CL_INVALID_BUILD_OPTIONS", programmer, error_code::invalid_options,
                   other_options},
    result_meaning{result::invalid_program, "CL_INVALID_PROGRAM", fatal, error_code::internal, report},
    result_meaning{result::invalid_program_executable, "CL_INVALID_PROGRAM_EXECUTABLE", programmer,
                   error_code::invalid_binary, recompile},
    result_meaning{result::invalid_kernel_name, "CL_INVALID_KERNEL_NAME", programmer, error_code::invalid_binary,
                   recompile},
    result_meaning{result::invalid_kernel_definition, "CL_INVALID_KERNEL_DEFINITION", programmer,
                   error_code::invalid_binary, recompile},
    result_meaning{result::invalid_kernel, "CL_INVALID_KERNEL", fatal, error_code::internal, report},
    result_meaning{result::invalid_arg_index, "CL_INVALID_ARG_INDEX", programmer, error_code::invalid_binary,
                   recompile},
    result_meaning{result::invalid_arg_value, "CL_INVALID_ARG_VALUE", programmer, error_code::argument_type,
                   check_arguments},
    result_meaning{result::invalid_arg_size, "CL_INVALID_ARG_SIZE", programmer, error_code::argument_type,
                   check_arguments},
    result_meaning{result::invalid_kernel_args, "CL_INVALID_KERNEL_ARGS", programmer, error_code::argument_type,
                   check_arguments},
    result_meaning{result::invalid_work_dimension, "CL_INVALID_WORK_DIMENSION", programmer, error_code::invalid_range,
                   smaller},
    result_meaning{result::invalid_work_group_size, "CL_INVALID_WORK_GROUP_SIZE", programmer,
                   error_code::limit_exceeded, smaller},
    result_meaning{result::invalid_work_item_size, "CL_INVALID_WORK_ITEM_SIZE", programmer, error_code::limit_exceeded,
                   smaller},
    result_meaning{result::invalid_global_offset, "CL_INVALID_GLOBAL_OFFSET", programmer, error_code::limit_exceeded,
                   smaller_range},
    result_meaning{result::invalid_event_wait_list, "CL_INVALID_EVENT_WAIT_LIST", fatal, error_code::internal, report},
    result_meaning{result::invalid_event, "CL_INVALID_EVENT", fatal, error_code::internal, report},
    result_meaning{result::invalid_operation, "CL_INVALID_OPERATION", programmer, error_code::unsupported, not_here},
    result_meaning{result::invalid_gl_object, "CL_INVALID_GL_OBJECT", fatal, error_code::internal, report},
    result_meaning{result::invalid_buffer_size, "CL_INVALID_BUFFER_SIZE", resource, error_code::out_of_device_memory,
                   free_memory},
    result_meaning{result::invalid_mip_level, "CL_INVALID_MIP_LEVEL", fatal, error_code::internal, report},
    result_meaning{result::invalid_global_work_size, "CL_INVALID_GLOBAL_WORK_SIZE", programmer,
                   error_code::limit_exceeded, smaller_range},
    result_meaning{result::invalid_property, "CL_INVALID_PROPERTY", fatal, error_code::internal, report},
    result_meaning{result::invalid_image_descriptor, "CL_INVALID_IMAGE_DESCRIPTOR", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_compiler_options, "CL_INVALID_COMPILER_OPTIONS", programmer,
                   error_code::invalid_options, other_options},
    result_meaning{result::invalid_linker_options, "CL_INVALID_LINKER_OPTIONS", programmer, error_code::invalid_options,
                   other_options},
    result_meaning{result::invalid_device_partition_count, "CL_INVALID_DEVICE_PARTITION_COUNT", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::invalid_pipe_size, "CL_INVALID_PIPE_SIZE", fatal, error_code::internal, report},
    result_meaning{result::invalid_device_queue, "CL_INVALID_DEVICE_QUEUE", fatal, error_code::internal, report},
    result_meaning{result::invalid_spec_id, "CL_INVALID_SPEC_ID", fatal, error_code::internal, report},
    result_meaning{result::max_size_restriction_exceeded, "CL_MAX_SIZE_RESTRICTION_EXCEEDED", programmer,
                   error_code::limit_exceeded, smaller},
    result_meaning{result::invalid_gl_sharegroup_reference, "CL_INVALID_GL_SHAREGROUP_REFERENCE_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::platform_not_found, "CL_PLATFORM_NOT_FOUND_KHR", programmer, error_code::device_not_found,
                   no_platform},
    result_meaning{result::invalid_d3d10_device, "CL_INVALID_D3D10_DEVICE_KHR", fatal, error_code::internal, report},
    result_meaning{result::invalid_d3d10_resource, "CL_INVALID_D3D10_RESOURCE_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::d3d10_resource_already_acquired, "CL_D3D10_RESOURCE_ALREADY_ACQUIRED_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::d3d10_resource_not_acquired, "CL_D3D10_RESOURCE_NOT_ACQUIRED_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::invalid_d3d11_device, "CL_INVALID_D3D11_DEVICE_KHR", fatal, error_code::internal, report},
    result_meaning{result::invalid_d3d11_resource, "CL_INVALID_D3D11_RESOURCE_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::d3d11_resource_already_acquired, "CL_D3D11_RESOURCE_ALREADY_ACQUIRED_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::d3d11_resource_not_acquired, "CL_D3D11_RESOURCE_NOT_ACQUIRED_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::invalid_dx9_media_adapter, "CL_INVALID_DX9_MEDIA_ADAPTER_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_dx9_media_surface, "CL_INVALID_DX9_MEDIA_SURFACE_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::dx9_media_surface_already_acquired, "CL_DX9_MEDIA_SURFACE_ALREADY_ACQUIRED_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::dx9_media_surface_not_acquired, "CL_DX9_MEDIA_SURFACE_NOT_ACQUIRED_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::device_partition_failed_ext, "CL_DEVICE_PARTITION_FAILED_EXT", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::invalid_partition_count_ext, "CL_INVALID_PARTITION_COUNT_EXT", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::invalid_partition_name_ext, "CL_INVALID_PARTITION_NAME_EXT", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::egl_resource_not_acquired, "CL_EGL_RESOURCE_NOT_ACQUIRED_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_egl_object, "CL_INVALID_EGL_OBJECT_KHR", fatal, error_code::internal, report},
    result_meaning{result::invalid_accelerator, "CL_INVALID_ACCELERATOR_INTEL", fatal, error_code::internal, report},
    result_meaning{result::invalid_accelerator_type, "CL_INVALID_ACCELERATOR_TYPE_INTEL", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_accelerator_descriptor, "CL_INVALID_ACCELERATOR_DESCRIPTOR_INTEL", fatal,
                   error_code::internal, report},
    result_meaning{result::accelerator_type_not_supported, "CL_ACCELERATOR_TYPE_NOT_SUPPORTED_INTEL", fatal,
                   error_code::internal, report},
    result_meaning{result::invalid_va_api_media_adapter, "CL_INVALID_VA_API_MEDIA_ADAPTER_INTEL", fatal,
                   error_code::internal, report},
    result_meaning{result::invalid_va_api_media_surface, "CL_INVALID_VA_API_MEDIA_SURFACE_INTEL", fatal,
                   error_code::internal, report},
    result_meaning{result::va_api_media_surface_already_acquired, "CL_VA_API_MEDIA_SURFACE_ALREADY_ACQUIRED_INTEL",
                   fatal, error_code::internal, report},
    result_meaning{result::va_api_media_surface_not_acquired, "CL_VA_API_MEDIA_SURFACE_NOT_ACQUIRED_INTEL", fatal,
                   error_code::internal, report},
    result_meaning{result::command_terminated_itself_with_failure, "CL_COMMAND_TERMINATED_ITSELF_WITH_FAILURE_ARM",
                   lost, error_code::device_lost, gone},
    result_meaning{result::context_terminated, "CL_CONTEXT_TERMINATED_KHR", lost, error_code::device_lost, gone},
    result_meaning{result::invalid_command_buffer, "CL_INVALID_COMMAND_BUFFER_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_sync_point_wait_list, "CL_INVALID_SYNC_POINT_WAIT_LIST_KHR", fatal,
                   error_code::internal, report},
    result_meaning{result::incompatible_command_queue, "CL_INCOMPATIBLE_COMMAND_QUEUE_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_mutable_command, "CL_INVALID_MUTABLE_COMMAND_KHR", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_semaphore, "CL_INVALID_SEMAPHORE_KHR", fatal, error_code::internal, report},
};

constexpr bool in_order(const result_meaning& a, const result_meaning& b) {
  return a.number > b.number;
}
static_assert(std::is_sorted(meanings.begin(), meanings.end(), in_order));

constexpr result_meaning unheard_of{result{1}, "a result that OpenCL 3.0 does not have", fatal, error_code::unknown,
                                    "Look it up in the documentation of the device's driver."};

} // namespace

std::span<const result_meaning> result_meanings() noexcept {
  return meanings;
}

const result_meaning& meaning_of(result r) noexcept {
  const auto found = std::lower_bound(meanings.begin(), meanings.end(), r,
                                      [](const result_meaning& m, result n) { return m.number > n; });
  return found != meanings.end() && found->number == r ? *found : unheard_of;
}

std::string describe(result r, const char* function) {
  return std::string(function) + " returned " + meaning_of(r).name + " (" + std::to_string(static_cast<int>(r)) + ")";
}

error make_error(result r, const char* function, const std::string& device, const std::string& operation) {
  const result_meaning& m = meaning_of(r);
  return error(m.kind, m.code, describe(r, function), {device, 1, operation, m.remedy});
}

} // namespace dotcompute::opencl
