// SPDX-License-Identifier: MIT
// Between a compiled kernel, which is host code in a shared object, and the fake driver that runs it. Included by both;
// the kernels' side has no standard library.
#pragma once

struct fake_cuda_index {
  unsigned x, y, z;
};

/// What a thread of a kernel knows of itself.
struct fake_cuda_thread_state {
  fake_cuda_index thread, block, block_size, grid_size;
  void* shared; ///< the block's dynamic shared memory, 128-byte aligned
  unsigned shared_bytes;
  unsigned linear; ///< index of the thread in its block
};

/// One __global__ function.
struct fake_cuda_kernel {
  const char* name;
  void (*call)(void** parameters);
  const unsigned* parameter_sizes;
  unsigned parameter_count;
  unsigned max_threads; ///< of a block, by its launch bounds; 0 for none
};

/// What a shared object exports as `fake_cuda_module`.
struct fake_cuda_module {
  unsigned magic;        ///< fake_cuda_module_magic
  unsigned architecture; ///< 90 for sm_90
  const fake_cuda_kernel* kernels;
  unsigned kernel_count;
};

enum : unsigned { fake_cuda_module_magic = 0xfacade01 };

extern "C" {
/// Of the thread of a kernel that runs on this host thread.
extern __thread fake_cuda_thread_state* fake_cuda_thread __attribute__((tls_model("initial-exec")));

/// Returns once every thread of the block that has not ended waits here; the number of those that gave `vote`.
unsigned fake_cuda_barrier(unsigned vote);

/// Ends the kernel, and the device with it: `code` is what every later call answers.
[[noreturn]] void fake_cuda_stop(int code);
}
