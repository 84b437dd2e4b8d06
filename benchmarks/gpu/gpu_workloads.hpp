// SPDX-License-Identifier: MIT
// What is measured on GPUs, and of it the copies on every OpenCL device: copies between host and device, the pool,
// queues side by side, ways for streams to say how far they are, a process's first kernel.
#pragma once

#include "../bench.hpp"

#include <string>
#include <vector>

namespace dotcompute::benchmark {

class cuda_side;
class opencl_side;

inline constexpr const char* host_copies_name = "host_copies"; ///< the one that other devices have as well
inline const std::vector<std::string> gpu_workloads{host_copies_name, "pool_pairs", "queue_overlap", "timelines",
                                                    "first_kernel"};

/// Who does the same: the device's own driver by hand, null where nobody does that, and other devices of dotcompute.
struct other_sides {
  cuda_side* cuda = nullptr;
  opencl_side* opencl = nullptr;
  std::vector<device> devices;
};

/// The rows of one of gpu_workloads. Without `others` nothing is compared.
std::vector<row> measure_on_gpu(const std::string& workload, const options& o, const device& gpu,
                                const other_sides& others);

/// What one fresh process of first_kernel measures, in seconds from its first call to the end: "first_kernel", from
/// opening the device to a kernel of a cached program having run; "cuda_context", the driver's initialisation and a
/// context.
double probe_first_kernel(const std::string& name, const std::string& selector);
inline constexpr const char* first_kernel_probe = "first_kernel";
inline constexpr const char* cuda_context_probe = "cuda_context";

} // namespace dotcompute::benchmark
