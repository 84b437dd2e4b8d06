// SPDX-License-Identifier: MIT
#include "drivers/cuda/driver_error.hpp"

#include <algorithm>
#include <array>

namespace dotcompute::cuda {
namespace {

constexpr auto transient = error_class::transient, resource = error_class::resource,
               programmer = error_class::programmer, lost = error_class::device_lost, fatal = error_class::fatal;

constexpr const char* report = "Please report this: dotcompute made a call that it should not have made.";
constexpr const char* free_memory = "Free device memory, or use less of it.";
constexpr const char* recompile = "Compile the program again, on this machine and for this device.";
constexpr const char* newer_driver = "Install a newer NVIDIA driver.";
constexpr const char* repair = "Install the NVIDIA driver again; its parts do not belong together.";
constexpr const char* not_here = "Use a device or driver that can do it.";
constexpr const char* smaller = "Use smaller work-groups, less local memory or fewer registers.";
constexpr const char* profilers = "Stop the profiler, or run without it.";
constexpr const char* busy = "Wait until the other process has released the device, or change its compute mode.";
constexpr const char* mps = "See that the MPS server runs, and call again.";
constexpr const char* capture = "Do not capture CUDA streams on a thread that calls dotcompute.";
constexpr const char* limits = "Raise the process's limits on open files and locked memory.";
constexpr const char* later = "Call again later.";
constexpr const char* gone =
    "The device stays lost in this process; start the process again. A kernel may be at fault: "
    "look for accesses outside its buffers.";
constexpr const char* hardware = "Look at the GPU's health (nvidia-smi -q); start the process again.";

constexpr std::array meanings{
    result_meaning{result::invalid_value, "CUDA_ERROR_INVALID_VALUE", programmer, error_code::invalid_argument,
                   "Check the sizes and addresses that were passed."},
    result_meaning{result::out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY", resource, error_code::out_of_device_memory,
                   free_memory},
    result_meaning{result::not_initialized, "CUDA_ERROR_NOT_INITIALIZED", fatal, error_code::internal, report},
    result_meaning{result::deinitialized, "CUDA_ERROR_DEINITIALIZED", lost, error_code::device_lost,
                   "Close devices before the process ends."},
    result_meaning{result::profiler_disabled, "CUDA_ERROR_PROFILER_DISABLED", programmer, error_code::unsupported,
                   profilers},
    result_meaning{result::profiler_not_initialized, "CUDA_ERROR_PROFILER_NOT_INITIALIZED", programmer,
                   error_code::unsupported, profilers},
    result_meaning{result::profiler_already_started, "CUDA_ERROR_PROFILER_ALREADY_STARTED", programmer,
                   error_code::unsupported, profilers},
    result_meaning{result::profiler_already_stopped, "CUDA_ERROR_PROFILER_ALREADY_STOPPED", programmer,
                   error_code::unsupported, profilers},
    result_meaning{result::stub_library, "CUDA_ERROR_STUB_LIBRARY", programmer, error_code::unsupported,
                   "Take the toolkit's stubs out of the library path and install the NVIDIA driver."},
    result_meaning{result::call_requires_newer_driver, "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", programmer,
                   error_code::unsupported, newer_driver},
    result_meaning{result::device_unavailable, "CUDA_ERROR_DEVICE_UNAVAILABLE", transient, error_code::device_not_found,
                   busy},
    result_meaning{
        result::no_device, "CUDA_ERROR_NO_DEVICE", programmer, error_code::device_not_found,
        "Check that an NVIDIA GPU is present (nvidia-smi -L) and that CUDA_VISIBLE_DEVICES does not hide it."},
    result_meaning{result::invalid_device, "CUDA_ERROR_INVALID_DEVICE", programmer, error_code::device_not_found,
                   "Use an id that `dotcompute devices` lists."},
    result_meaning{result::device_not_licensed, "CUDA_ERROR_DEVICE_NOT_LICENSED", programmer, error_code::unsupported,
                   "Obtain a licence for the virtual GPU."},
    result_meaning{result::invalid_image, "CUDA_ERROR_INVALID_IMAGE", programmer, error_code::invalid_binary,
                   recompile},
    result_meaning{result::invalid_context, "CUDA_ERROR_INVALID_CONTEXT", fatal, error_code::internal, report},
    result_meaning{result::context_already_current, "CUDA_ERROR_CONTEXT_ALREADY_CURRENT", fatal, error_code::internal,
                   report},
    result_meaning{result::map_failed, "CUDA_ERROR_MAP_FAILED", resource, error_code::out_of_handles, free_memory},
    result_meaning{result::unmap_failed, "CUDA_ERROR_UNMAP_FAILED", fatal, error_code::internal, report},
    result_meaning{result::array_is_mapped, "CUDA_ERROR_ARRAY_IS_MAPPED", fatal, error_code::internal, report},
    result_meaning{result::already_mapped, "CUDA_ERROR_ALREADY_MAPPED", fatal, error_code::internal, report},
    result_meaning{result::no_binary_for_gpu, "CUDA_ERROR_NO_BINARY_FOR_GPU", programmer, error_code::invalid_binary,
                   recompile},
    result_meaning{result::already_acquired, "CUDA_ERROR_ALREADY_ACQUIRED", fatal, error_code::internal, report},
    result_meaning{result::not_mapped, "CUDA_ERROR_NOT_MAPPED", fatal, error_code::internal, report},
    result_meaning{result::not_mapped_as_array, "CUDA_ERROR_NOT_MAPPED_AS_ARRAY", fatal, error_code::internal, report},
    result_meaning{result::not_mapped_as_pointer, "CUDA_ERROR_NOT_MAPPED_AS_POINTER", fatal, error_code::internal,
                   report},
    result_meaning{result::ecc_uncorrectable, "CUDA_ERROR_ECC_UNCORRECTABLE", lost, error_code::device_lost, hardware},
    result_meaning{result::unsupported_limit, "CUDA_ERROR_UNSUPPORTED_LIMIT", programmer, error_code::unsupported,
                   not_here},
    result_meaning{result::context_already_in_use, "CUDA_ERROR_CONTEXT_ALREADY_IN_USE", fatal, error_code::internal,
                   report},
    result_meaning{result::peer_access_unsupported, "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::invalid_ptx, "CUDA_ERROR_INVALID_PTX", programmer, error_code::invalid_binary, recompile},
    result_meaning{result::invalid_graphics_context, "CUDA_ERROR_INVALID_GRAPHICS_CONTEXT", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::nvlink_uncorrectable, "CUDA_ERROR_NVLINK_UNCORRECTABLE", lost, error_code::device_lost,
                   hardware},
    result_meaning{result::jit_compiler_not_found, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", programmer,
                   error_code::unsupported, repair},
    result_meaning{result::unsupported_ptx_version, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", programmer,
                   error_code::invalid_binary, newer_driver},
    result_meaning{result::jit_compilation_disabled, "CUDA_ERROR_JIT_COMPILATION_DISABLED", programmer,
                   error_code::unsupported, recompile},
    result_meaning{result::unsupported_exec_affinity, "CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY", programmer,
                   error_code::unsupported, not_here},
    result_meaning{result::unsupported_devside_sync, "CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC", programmer,
                   error_code::invalid_binary, recompile},
    result_meaning{result::contained, "CUDA_ERROR_CONTAINED", lost, error_code::device_lost, hardware},
    result_meaning{result::invalid_source, "CUDA_ERROR_INVALID_SOURCE", programmer, error_code::invalid_binary,
                   recompile},
    result_meaning{result::file_not_found, "CUDA_ERROR_FILE_NOT_FOUND", programmer, error_code::file_not_found, repair},
    result_meaning{result::shared_object_symbol_not_found, "CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND", programmer,
                   error_code::unsupported, repair},
    result_meaning{result::shared_object_init_failed, "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED", programmer,
                   error_code::unsupported, repair},
    result_meaning{result::operating_system, "CUDA_ERROR_OPERATING_SYSTEM", resource, error_code::out_of_handles,
                   limits},
    result_meaning{result::invalid_handle, "CUDA_ERROR_INVALID_HANDLE", fatal, error_code::internal, report},
    result_meaning{result::illegal_state, "CUDA_ERROR_ILLEGAL_STATE", fatal, error_code::internal, report},
    result_meaning{result::lossy_query, "CUDA_ERROR_LOSSY_QUERY", fatal, error_code::internal, report},
    result_meaning{result::not_found, "CUDA_ERROR_NOT_FOUND", programmer, error_code::invalid_binary, recompile},
    result_meaning{result::not_ready, "CUDA_ERROR_NOT_READY", transient, error_code::deadline_exceeded, later},
    result_meaning{result::illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS", lost, error_code::device_lost, gone},
    result_meaning{result::launch_out_of_resources, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", programmer,
                   error_code::limit_exceeded, smaller},
    result_meaning{result::launch_timeout, "CUDA_ERROR_LAUNCH_TIMEOUT", lost, error_code::device_lost,
                   "The driver ends long kernels on GPUs that drive a display; start the process again."},
    result_meaning{result::launch_incompatible_texturing, "CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING", fatal,
                   error_code::internal, report},
    result_meaning{result::peer_access_already_enabled, "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", fatal,
                   error_code::internal, report},
    result_meaning{result::peer_access_not_enabled, "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", fatal, error_code::internal,
                   report},
    result_meaning{result::primary_context_active, "CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE", fatal, error_code::internal,
                   report},
    result_meaning{result::context_is_destroyed, "CUDA_ERROR_CONTEXT_IS_DESTROYED", lost, error_code::device_lost,
                   gone},
    result_meaning{result::assertion, "CUDA_ERROR_ASSERT", lost, error_code::device_lost, gone},
    result_meaning{result::too_many_peers, "CUDA_ERROR_TOO_MANY_PEERS", resource, error_code::out_of_handles,
                   "Connect fewer devices with one another."},
    result_meaning{result::host_memory_already_registered, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", programmer,
                   error_code::invalid_argument, "Register host memory once."},
    result_meaning{result::host_memory_not_registered, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", fatal,
                   error_code::internal, report},
    result_meaning{result::hardware_stack_error, "CUDA_ERROR_HARDWARE_STACK_ERROR", lost, error_code::device_lost,
                   gone},
    result_meaning{result::illegal_instruction, "CUDA_ERROR_ILLEGAL_INSTRUCTION", lost, error_code::device_lost, gone},
    result_meaning{result::misaligned_address, "CUDA_ERROR_MISALIGNED_ADDRESS", lost, error_code::device_lost, gone},
    result_meaning{result::invalid_address_space, "CUDA_ERROR_INVALID_ADDRESS_SPACE", lost, error_code::device_lost,
                   gone},
    result_meaning{result::invalid_pc, "CUDA_ERROR_INVALID_PC", lost, error_code::device_lost, gone},
    result_meaning{result::launch_failed, "CUDA_ERROR_LAUNCH_FAILED", lost, error_code::device_lost, gone},
    result_meaning{result::cooperative_launch_too_large, "CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE", programmer,
                   error_code::limit_exceeded, smaller},
    result_meaning{result::tensor_memory_leak, "CUDA_ERROR_TENSOR_MEMORY_LEAK", lost, error_code::device_lost, gone},
    result_meaning{result::not_permitted, "CUDA_ERROR_NOT_PERMITTED", programmer, error_code::unsupported,
                   "Check the process's rights to the GPU's device files."},
    result_meaning{result::not_supported, "CUDA_ERROR_NOT_SUPPORTED", programmer, error_code::unsupported, not_here},
    result_meaning{result::system_not_ready, "CUDA_ERROR_SYSTEM_NOT_READY", transient, error_code::device_not_found,
                   "See that the system's GPU services run (nvidia-fabricmanager), and call again."},
    result_meaning{result::system_driver_mismatch, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", programmer,
                   error_code::unsupported,
                   "Restart the machine after the driver's update; kernel module and library "
                   "have different versions."},
    result_meaning{result::compat_not_supported_on_device, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", programmer,
                   error_code::unsupported,
                   "Take the compatibility library out of the library path; this GPU does not "
                   "support it."},
    result_meaning{result::mps_connection_failed, "CUDA_ERROR_MPS_CONNECTION_FAILED", transient,
                   error_code::device_not_found, mps},
    result_meaning{result::mps_rpc_failure, "CUDA_ERROR_MPS_RPC_FAILURE", lost, error_code::device_lost, mps},
    result_meaning{result::mps_server_not_ready, "CUDA_ERROR_MPS_SERVER_NOT_READY", transient,
                   error_code::device_not_found, mps},
    result_meaning{result::mps_max_clients_reached, "CUDA_ERROR_MPS_MAX_CLIENTS_REACHED", resource,
                   error_code::out_of_handles, "End other clients of the MPS server."},
    result_meaning{result::mps_max_connections_reached, "CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED", resource,
                   error_code::out_of_handles, "End other clients of the MPS server."},
    result_meaning{result::mps_client_terminated, "CUDA_ERROR_MPS_CLIENT_TERMINATED", lost, error_code::device_lost,
                   "Another client of the MPS server may be at fault; start the process again."},
    result_meaning{result::cdp_not_supported, "CUDA_ERROR_CDP_NOT_SUPPORTED", programmer, error_code::unsupported,
                   not_here},
    result_meaning{result::cdp_version_mismatch, "CUDA_ERROR_CDP_VERSION_MISMATCH", programmer,
                   error_code::invalid_binary, recompile},
    result_meaning{result::stream_capture_unsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::stream_capture_invalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::stream_capture_merge, "CUDA_ERROR_STREAM_CAPTURE_MERGE", programmer, error_code::unsupported,
                   capture},
    result_meaning{result::stream_capture_unmatched, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::stream_capture_unjoined, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::stream_capture_isolation, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::stream_capture_implicit, "CUDA_ERROR_STREAM_CAPTURE_IMPLICIT", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::captured_event, "CUDA_ERROR_CAPTURED_EVENT", programmer, error_code::unsupported, capture},
    result_meaning{result::stream_capture_wrong_thread, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD", programmer,
                   error_code::unsupported, capture},
    result_meaning{result::timeout, "CUDA_ERROR_TIMEOUT", transient, error_code::deadline_exceeded, later},
    result_meaning{result::graph_exec_update_failure, "CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE", fatal,
                   error_code::internal, report},
    result_meaning{result::external_device, "CUDA_ERROR_EXTERNAL_DEVICE", lost, error_code::device_lost, gone},
    result_meaning{result::invalid_cluster_size, "CUDA_ERROR_INVALID_CLUSTER_SIZE", programmer,
                   error_code::limit_exceeded, smaller},
    result_meaning{result::function_not_loaded, "CUDA_ERROR_FUNCTION_NOT_LOADED", fatal, error_code::internal, report},
    result_meaning{result::invalid_resource_type, "CUDA_ERROR_INVALID_RESOURCE_TYPE", fatal, error_code::internal,
                   report},
    result_meaning{result::invalid_resource_configuration, "CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION", fatal,
                   error_code::internal, report},
    result_meaning{result::key_rotation, "CUDA_ERROR_KEY_ROTATION", transient, error_code::deadline_exceeded, later},
    result_meaning{result::unknown, "CUDA_ERROR_UNKNOWN", fatal, error_code::unknown, gone},
};

constexpr bool by_number(const result_meaning& a, const result_meaning& b) {
  return a.number < b.number;
}
static_assert(std::is_sorted(meanings.begin(), meanings.end(), by_number));

constexpr result_meaning unheard_of{result{-1}, "a result that CUDA 13.0 does not have", fatal, error_code::unknown,
                                    "Look it up in the documentation of the driver's CUDA version."};

} // namespace

std::span<const result_meaning> result_meanings() noexcept {
  return meanings;
}

const result_meaning& meaning_of(result r) noexcept {
  const auto found = std::lower_bound(meanings.begin(), meanings.end(), r,
                                      [](const result_meaning& m, result n) { return m.number < n; });
  return found != meanings.end() && found->number == r ? *found : unheard_of;
}

std::string describe(result r, const char* function, const driver_api* api) {
  std::string name = meaning_of(r).name;
  const char* words = nullptr;
  if (api && meaning_of(r).number != r && api->cuGetErrorName && api->cuGetErrorName(r, &words) == result::success &&
      words)
    name = words;
  std::string text = std::string(function) + " returned " + name + " (" + std::to_string(static_cast<int>(r)) + ")";
  words = nullptr;
  if (api && api->cuGetErrorString && api->cuGetErrorString(r, &words) == result::success && words)
    text += std::string(": ") + words;
  return text;
}

error make_error(result r, const char* function, const driver_api* api, const std::string& device,
                 const std::string& operation) {
  const result_meaning& m = meaning_of(r);
  return error(m.kind, m.code, describe(r, function, api), {device, 1, operation, m.remedy});
}

} // namespace dotcompute::cuda
