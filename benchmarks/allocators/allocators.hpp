// SPDX-License-Identifier: MIT
// The memory pool's book-keeping beside other allocators': no memory is touched beyond what an allocator itself
// touches.
#pragma once

#include "../bench.hpp"

#include <string>
#include <vector>

namespace dotcompute::benchmark {

inline const std::vector<std::string> allocator_workloads{"memory_pair", "memory_churn", "memory_fragmentation",
                                                          "memory_statistics"};
inline const std::vector<std::string> allocator_peers{"malloc", "mimalloc", "pmr", "linear_list", "best_fit"};

/// The rows of one of allocator_workloads.
std::vector<row> measure_allocators(const std::string& workload, const options& o);

/// What the peers are, for the report.
void describe_allocators(const options& o, machine& where);

} // namespace dotcompute::benchmark
