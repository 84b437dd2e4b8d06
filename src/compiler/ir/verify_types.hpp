// SPDX-License-Identifier: MIT
// The rules about operand counts and types of a single operation.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

/// What is wrong with the operands, result type or attributes of `op` by itself ("operand 0 is i32, expected a
/// pointer"); empty when nothing is. `f` is its function. Operands are not null.
std::string check_types(const operation& op, const function& f, const program& p);

} // namespace dotcompute::ir
