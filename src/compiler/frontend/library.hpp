// SPDX-License-Identifier: MIT
// Brings the builtin library's functions into programs that call them.
#pragma once

#include "compiler/ir/operation.hpp"

#include <string>

namespace dotcompute::frontend {

/// Adds every library function that `program` calls, and those that they call. Library files are parsed when first
/// needed and kept for the process. Gives a message when a function cannot be had, else nothing.
std::string link_library(ir::program& program);

} // namespace dotcompute::frontend
