// SPDX-License-Identifier: MIT
// From the IR of a whole program to OpenCL C 1.2.
#pragma once

#include "compiler/compile.hpp"
#include "compiler/ir/operation.hpp"

namespace dotcompute::compiler::opencl {

/// All kernels that `out` knows of as one text, and their entries in `out`. Nothing, with an error among the
/// diagnostics, when there is something that OpenCL C 1.2 has no words for. Thread-safe.
std::optional<std::string> print_program(const ir::program& p, result& out);

/// The options that the text is to be compiled with: the standard's version, and what the program may do with numbers
/// that are too small. What else the user asked for is in the text.
std::string options_of_printed(const ir::program& p, const opencl_target& target);

} // namespace dotcompute::compiler::opencl
