// SPDX-License-Identifier: MIT
// The binary interface of NVIDIA's driver library as the fake one offers it: numbers and layouts of the CUDA Driver API
// reference. Declared apart from the library's own declarations, so that a mistake there meets something to fail on.
#pragma once

#include <cstddef>
#include <cstdint>

#define FAKE_CUDA_API extern "C" __attribute__((visibility("default")))

namespace fake_cuda {

using status = int; // CUresult

inline constexpr status success = 0, invalid_value = 1, out_of_memory = 2, not_initialized = 3, no_device = 100,
                        invalid_device = 101, invalid_image = 200, invalid_context = 201, no_binary_for_gpu = 209,
                        peer_access_unsupported = 217, unsupported_ptx_version = 222, operating_system = 304,
                        invalid_handle = 400, not_found = 500, not_ready = 600, illegal_address = 700,
                        peer_access_already_enabled = 704, context_is_destroyed = 709,
                        host_memory_already_registered = 712, host_memory_not_registered = 713,
                        illegal_instruction = 715, launch_failed = 719, not_permitted = 800, not_supported = 801;

using device_pointer = std::uint64_t; // CUdeviceptr
using handle = std::uint64_t;         // of contexts, modules, functions, streams, events: never dereferenced

struct uuid {
  unsigned char bytes[16];
};

struct memory_location { // CUmemLocation
  int type, id;
};

struct allocation_properties { // CUmemAllocationProp
  int type;
  int requested_handle_types;
  memory_location location;
  void* win32_handle_meta_data;
  unsigned char compression, rdma;
  unsigned short usage;
  unsigned char reserved[4];
};

struct access_description { // CUmemAccessDesc
  memory_location location;
  int flags;
};

} // namespace fake_cuda
