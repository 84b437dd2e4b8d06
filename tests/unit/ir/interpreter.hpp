// SPDX-License-Identifier: MIT
// Runs IR for one work-item, for the subset that the random functions use: i32, i64 and boolean values, variables,
// control flow, calls, ids along x, and memory of i32. The oracle for transformations.
#pragma once

#include "compiler/ir/operation.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace dotcompute::ir::testing {

/// What a run did, in order: (address, value) of each store. Empty optional: the run read a variable before writing it,
/// divided, or took too many steps, so that nothing can be expected of it.
using trace = std::vector<std::pair<std::int64_t, std::int32_t>>;

/// Where the work-item is, along x.
struct work_item_place {
  std::int64_t group = 0, local = 0, local_size = 1;
};

/// Pointers are the numbers that are given for them. A load gives what the run last stored there, and before that
/// some number that hangs on the address alone.
std::optional<trace> interpret(const program& p, const function& f, const std::vector<std::int32_t>& arguments,
                               const work_item_place& place = {});

} // namespace dotcompute::ir::testing
