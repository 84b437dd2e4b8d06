// SPDX-License-Identifier: MIT
// Well-formed functions out of a seed: nested branches, loops of every form, blocks, exits, calls, variables.
#pragma once

#include "compiler/ir/operation.hpp"

#include <cstdint>

namespace dotcompute::ir::testing {

/// A program of one kernel `k` (ptr global, i32, i32) and some helper functions that it calls.
program random_program(std::uint32_t seed);

} // namespace dotcompute::ir::testing
