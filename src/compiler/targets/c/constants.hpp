// SPDX-License-Identifier: MIT
// Program-scope constants as arrays.
#pragma once

#include "compiler/targets/c/dialect.hpp"

namespace dotcompute::c_text {

/// The array as one of `p`.
std::string constant_name(const dialect& d, std::uint32_t index, pointee p);

/// Declares the array, after `qualifiers` and its alignment.
std::string constant_text(const dialect& d, std::uint32_t index, const ir::constant_data& c, pointee p,
                          const std::string& qualifiers);

} // namespace dotcompute::c_text
