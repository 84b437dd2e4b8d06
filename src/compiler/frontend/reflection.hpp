// SPDX-License-Identifier: MIT
// What callers need to know of a kernel to launch it.
#pragma once

#include "compiler/frontend/clang_headers.hpp"
#include "compiler/ir/operation.hpp"
#include "compiler/reflection.hpp"

#include <vector>

namespace dotcompute::frontend {

/// What the declaration says: arguments, their layout, the work-group attributes.
kernel_reflection reflect(const clang::FunctionDecl& kernel);

/// What only the code says: barriers, local memory, which arguments are written, whether work-groups can be observed.
/// The program has its library functions.
void complete_reflection(const ir::program& program, std::vector<kernel_reflection>& kernels);

} // namespace dotcompute::frontend
