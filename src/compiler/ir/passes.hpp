// SPDX-License-Identifier: MIT
// Transformations of the IR that every target shares.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

/// Replaces every call in kernels by the callee's body, until none is left, and drops functions that are no kernels.
/// A callee whose only return is its last operation is spliced in; any other becomes a `block` that returns leave.
/// Recursion, which OpenCL C forbids, and calls of unknown functions are reported as messages; empty on success.
std::vector<std::string> inline_calls(program& p);

/// Moves each variable's declaration to the innermost region in which its value can matter, removes values that
/// nothing uses, and forwards trivial copies.
void simplify(program& p);

} // namespace dotcompute::ir
