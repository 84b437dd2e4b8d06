// SPDX-License-Identifier: MIT
// Small questions about the structure of a function that several analyses ask.
#pragma once

#include "compiler/ir/operation.hpp"

#include <functional>

namespace dotcompute::analysis {

/// Calls `visit` for every operation of `r` and of the regions nested in it, in program order.
void for_each(const ir::region& r, const std::function<void(ir::operation&)>& visit);

/// Whether `r` is `outer` or nested somewhere in it.
bool is_within(const ir::region* r, const ir::region* outer);

/// Whether `op` or anything nested in it is `code`.
bool contains(const ir::operation& op, ir::opcode code);

/// What a write adds to the variable that it writes; null when it does anything else.
const ir::operation* increment_of(const ir::operation& write);

/// The loop that is the whole life of each variable, by operation id: declared in the loop's own region, written there
/// before the loop, and otherwise touched only inside it. Null for other variables. Work-items that have left such
/// a loop never look at the variable again.
std::vector<const ir::operation*> loop_scopes(const ir::function& f);

} // namespace dotcompute::analysis
