// SPDX-License-Identifier: MIT
// Where and when figures were taken.
#pragma once

#include "bench.hpp"

namespace dotcompute::benchmark {

/// Processor, processors that this process may use, compiler of this program, and the date in UTC.
machine describe_machine();

} // namespace dotcompute::benchmark
