// SPDX-License-Identifier: MIT
// How long a program of five kernels takes from source text to kernels: cold, from the disk cache, from memory.
#pragma once

#include "bench.hpp"

namespace dotcompute::benchmark {

inline constexpr const char* compile_latency_name = "five_kernels";

/// Rows first_compile, first_run, disk_cache and memory_cache. Each sample is a fresh process with a cache folder of
/// its own, in turns with PoCL's.
std::vector<row> measure_compile_latency(const options& o);

/// What one fresh process measures; seconds.
struct compile_probe {
  double build = 0; ///< source text to program
  double ready = 0; ///< source text to each of the five kernels having run once
  double again = 0; ///< the same program asked for again in the same process, best of many
};

/// Runs in the fresh process. `name` is "dotcompute" or "pocl".
compile_probe probe_compile(const std::string& name, const std::string& device);

} // namespace dotcompute::benchmark
