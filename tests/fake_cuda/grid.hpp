// SPDX-License-Identifier: MIT
// Runs a kernel: its blocks one after another on the calling thread, the threads of a block as fibers that take turns
// at barriers. A thread that never waits costs no more than a call.
#pragma once

#include "abi.hpp"
#include "device_runtime.hpp"

namespace fake_cuda {

struct grid {
  const fake_cuda_kernel* kernel = nullptr;
  void** parameters = nullptr;
  fake_cuda_index size{1, 1, 1}, block_size{1, 1, 1};
  unsigned shared_bytes = 0;
};

/// Not success: what the device is lost with.
status run_grid(const grid& g);

} // namespace fake_cuda
