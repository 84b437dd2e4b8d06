// SPDX-License-Identifier: MIT
// The steps of simplify(). Each keeps the function well formed and says whether it changed anything.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

/// Turns `if (c) leave; rest` into `if (c) {} else {rest}` where `leave` goes to where falling off the end of `rest`
/// leads anyway, drops exits and operations that change nothing, and dissolves blocks that no exit leaves.
bool simplify_exits(function& f);
/// The same with returns, which lead to where falling off the end of the function does. `f` gives no value.
bool simplify_returns(function& f);

/// Moves each variable's declaration to the innermost region that holds all its accesses; into a region that a loop
/// repeats only where no iteration can read what an earlier one wrote.
bool sink_variables(function& f);

/// Gives each independent use of a variable a variable of its own.
bool split_variables(function& f);

/// Replaces reads of variables by the value that was last written or read, where that is the same on every path.
bool forward_values(function& f);

/// Computes sums, differences, products and bitwise operations in the narrow type when only the low bits are kept.
bool narrow_arithmetic(function& f);

/// Removes operations that have no effect and whose value nobody uses, variables that nobody reads, and empty branches.
bool remove_unused(function& f);

} // namespace dotcompute::ir
