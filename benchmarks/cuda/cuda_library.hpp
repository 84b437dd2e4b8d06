// SPDX-License-Identifier: MIT
// What a program needs of libcuda and NVRTC to run CUDA C by hand: declared here and opened at run time, apart from
// what dotcompute itself declares, so that neither can hide the other's mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace dotcompute::benchmark::cuda {

using result = int; ///< CUresult; 0 is success
using device_number = int;
using address = std::uint64_t;
using context = struct context_tag*;
using module = struct module_tag*;
using function = struct function_tag*;
using stream = struct stream_tag*;

struct uuid {
  unsigned char bytes[16];
};

/// CUdevice_attribute, by the values of NVIDIA's interface.
enum class attribute : int {
  max_threads_per_block = 1,
  max_block_dim_x = 2,
  max_block_dim_y = 3,
  max_block_dim_z = 4,
  max_shared_memory_per_block = 8,
  warp_size = 10,
  clock_rate = 13, ///< kHz
  multiprocessor_count = 16,
  pci_bus = 33,
  pci_device = 34,
  l2_cache_bytes = 38,
  pci_domain = 50,
  compute_capability_major = 75,
  compute_capability_minor = 76,
  max_shared_memory_per_block_optin = 97,
};

/// libcuda.so.1, or what $DOTCOMPUTE_LIBCUDA names.
struct driver_library {
  result (*init)(unsigned flags);
  result (*driver_version)(int* version);
  result (*error_name)(result code, const char** name);
  result (*device_count)(int* count);
  result (*get_device)(device_number* device, int ordinal);
  result (*device_name)(char* name, int bytes, device_number device);
  result (*device_uuid)(uuid* id, device_number device);
  result (*device_attribute)(int* value, attribute which, device_number device);
  result (*device_total_memory)(std::size_t* bytes, device_number device);
  result (*retain_primary_context)(context* c, device_number device);
  result (*release_primary_context)(device_number device);
  result (*set_current)(context c);
  result (*memory_information)(std::size_t* free_bytes, std::size_t* total_bytes);
  result (*allocate)(address* memory, std::size_t bytes);
  result (*free)(address memory);
  result (*allocate_in_order)(address* memory, std::size_t bytes, stream s);
  result (*free_in_order)(address memory, stream s);
  result (*register_host)(void* memory, std::size_t bytes, unsigned flags);
  result (*unregister_host)(void* memory);
  result (*copy_to_device_in_order)(address to, const void* from, std::size_t bytes, stream s);
  result (*copy_to_host_in_order)(void* to, address from, std::size_t bytes, stream s);
  result (*copy_on_device_in_order)(address to, address from, std::size_t bytes, stream s);
  result (*create_stream)(stream* s, unsigned flags);
  result (*destroy_stream)(stream s);
  result (*synchronize)(stream s);
  result (*load_module)(module* m, const void* image);
  result (*unload_module)(module m);
  result (*get_function)(function* f, module m, const char* name);
  result (*launch)(function f, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared_bytes, stream s, void** parameters, void** extra);

  /// The one of this process; null when it cannot be opened, with the reason in `reason`.
  static const driver_library* open(std::string& reason);
};

/// NVRTC: what $DOTCOMPUTE_NVRTC names, else the first of its versions 13, 12 and 11 that the loader finds.
struct compiler_library {
  using program = struct program_tag*;
  int (*create)(program* p, const char* source, const char* name, int headers, const char* const* header_texts,
                const char* const* header_names);
  int (*destroy)(program* p);
  int (*compile)(program p, int options, const char* const* option_texts);
  int (*log_size)(program p, std::size_t* bytes);
  int (*log)(program p, char* text);
  int (*binary_size)(program p, std::size_t* bytes);
  int (*binary)(program p, char* bytes);
  int (*version)(int* major, int* minor);

  static const compiler_library* open(std::string& reason);
};

/// A call that failed.
struct call_failed : std::runtime_error {
  call_failed(const std::string& what, result error_code) : std::runtime_error(what), code(error_code) {}
  result code;
};

/// Throws call_failed, naming the call and the error, unless `code` is 0.
void check(const driver_library& library, result code, const char* call);

/// `source` compiled for an architecture, "sm_90". Throws std::runtime_error with the compiler's log.
std::string compile(const compiler_library& library, const std::string& source, const std::string& architecture,
                    bool fast_math);

} // namespace dotcompute::benchmark::cuda
