// SPDX-License-Identifier: MIT
// How fast guarded buffers are compared with their checksums, on any device.
#pragma once

#include "bench.hpp"

#include <vector>

namespace dotcompute::benchmark {

inline constexpr const char* guarded_memory_name = "guarded_memory";

std::vector<row> measure_guarded_memory(const options& o, const device& d);

} // namespace dotcompute::benchmark
