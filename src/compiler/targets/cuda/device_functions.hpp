// SPDX-License-Identifier: MIT
// Mathematical functions that a GPU has in hardware, in place of the builtin library's.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::cuda {

/// In a program that may be approximate, makes calls of library functions calls of CUDA's, where CUDA's errors (CUDA
/// C++ Programming Guide, "Intrinsic Functions", and "Standard Functions" for exp2f) are within those of OpenCL's table
/// for unsafe math optimizations (OpenCL 3.0, "Relative Error as ULPs"). Other programs stay as they are. To be called
/// before calls are inlined.
void use_device_functions(ir::program& p);

} // namespace dotcompute::cuda
