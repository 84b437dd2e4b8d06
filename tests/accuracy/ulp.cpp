// SPDX-License-Identifier: MIT
#include "ulp.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace accuracy {

double error_in_ulp(precision p, double got, mpfr_srcptr exact, bool zero_sign_counts, bool floor_one) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  const int digits = p == precision::f32 ? 24 : 53;
  const int top = p == precision::f32 ? 128 : 1024;
  const int bottom = p == precision::f32 ? -149 : -1074;
  if (mpfr_nan_p(exact)) return std::isnan(got) ? 0 : wrong;
  if (std::isnan(got)) return wrong;
  const bool negative = mpfr_signbit(exact) != 0;
  if (mpfr_inf_p(exact)) return std::isinf(got) && std::signbit(got) == negative ? 0 : wrong;
  if (mpfr_zero_p(exact) && got == 0) return !zero_sign_counts || std::signbit(got) == negative ? 0 : wrong;

  // From half an ulp beyond the largest number on, infinity is the correctly rounded result.
  const mpfr_exp_t exponent = mpfr_zero_p(exact) ? bottom : mpfr_get_exp(exact);
  if (std::isinf(got) && std::signbit(got) == negative && exponent > top) return 0;
  real difference(128);
  if (std::isinf(got)) {
    mpfr_set_si_2exp(difference.get(), got > 0 ? 1 : -1, top, MPFR_RNDN);
    mpfr_sub(difference.get(), difference.get(), exact, MPFR_RNDN);
  } else {
    mpfr_d_sub(difference.get(), got, exact, MPFR_RNDN);
  }
  long unit = std::clamp<long>(exponent, bottom + digits, top) - digits;
  if (floor_one) unit = std::max<long>(unit, 1 - digits);
  mpfr_mul_2si(difference.get(), difference.get(), -unit, MPFR_RNDN);
  return std::fabs(mpfr_get_d(difference.get(), MPFR_RNDN));
}

} // namespace accuracy
