// SPDX-License-Identifier: MIT
#pragma once

#include "reference.hpp"

namespace accuracy {

/// |got - exact| in units of the last place of `exact` (OpenCL C 1.2, section 7.4); infinite where a NaN, an infinity
/// or the sign of a zero is wrong. An infinite `got` counts as the first power of two out of range. `floor_one`
/// measures in ulps of max(|exact|, 1).
double error_in_ulp(precision p, double got, mpfr_srcptr exact, bool zero_sign_counts, bool floor_one);

} // namespace accuracy
