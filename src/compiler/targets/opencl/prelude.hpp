// SPDX-License-Identifier: MIT
// What printed OpenCL C may use beside C's operators: functions that OpenCL 1.2 has, and a few of its own, put in front
// of the kernels that name them.
#pragma once

#include <string>
#include <string_view>

namespace dotcompute::compiler::opencl {

/// The declarations that `code` needs, in an order that compiles.
std::string prelude_for(std::string_view code);

/// Names that a kernel and its variables must not have: OpenCL C's words, the functions that the text may call, and the
/// prelude's. The source may have had them: a variable hides a function that its author did not need.
bool is_reserved_name(std::string_view name);

} // namespace dotcompute::compiler::opencl
