// SPDX-License-Identifier: MIT
// Runs IR for one work-item, for the subset that the random functions use: i32, i64 and boolean values, variables,
// control flow, calls, and stores whose constant byte offset names the output slot. The oracle for transformations.
#pragma once

#include "compiler/ir/operation.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace dotcompute::ir::testing {

/// What a run did, in order: (slot, value) of each store. Empty optional: the run read a variable before writing it,
/// divided, or took too many steps, so that nothing can be expected of it.
using trace = std::vector<std::pair<std::int64_t, std::int32_t>>;

std::optional<trace> interpret(const program& p, const function& f, const std::vector<std::int32_t>& arguments);

} // namespace dotcompute::ir::testing
