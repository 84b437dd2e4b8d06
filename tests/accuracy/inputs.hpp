// SPDX-License-Identifier: MIT
// Arguments: special values, neighbourhoods of the places where implementations change their method, and samples.
#pragma once

#include "function_table.hpp"

#include <cstdint>
#include <vector>

namespace accuracy {

/// Columns of equal length. `b` is used by shapes with a second number, `n` by those with an int, `code` by from_code.
struct inputs {
  std::vector<double> a, b;
  std::vector<int> n;
  std::vector<std::uint64_t> code;
};

/// About `samples` arguments more than the special ones, the same ones for the same seed.
inputs make_inputs(const function& f, precision p, std::size_t samples, std::uint64_t seed);

} // namespace accuracy
