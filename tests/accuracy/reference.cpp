// SPDX-License-Identifier: MIT
#include "reference.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

namespace accuracy {

namespace {

using one = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
using two = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

const std::map<std::string_view, one>& unary_functions() {
  static const std::map<std::string_view, one> table = {
      {"acos", mpfr_acos},     {"acosh", mpfr_acosh},   {"acospi", mpfr_acospi}, {"asin", mpfr_asin},
      {"asinh", mpfr_asinh},   {"asinpi", mpfr_asinpi}, {"atan", mpfr_atan},     {"atanh", mpfr_atanh},
      {"atanpi", mpfr_atanpi}, {"cbrt", mpfr_cbrt},     {"cos", mpfr_cos},       {"cosh", mpfr_cosh},
      {"cospi", mpfr_cospi},   {"erf", mpfr_erf},       {"erfc", mpfr_erfc},     {"exp", mpfr_exp},
      {"exp10", mpfr_exp10},   {"exp2", mpfr_exp2},     {"expm1", mpfr_expm1},   {"log", mpfr_log},
      {"log10", mpfr_log10},   {"log1p", mpfr_log1p},   {"log2", mpfr_log2},     {"rsqrt", mpfr_rec_sqrt},
      {"sin", mpfr_sin},       {"sinh", mpfr_sinh},     {"sinpi", mpfr_sinpi},   {"sqrt", mpfr_sqrt},
      {"tan", mpfr_tan},       {"tanh", mpfr_tanh},     {"tanpi", mpfr_tanpi},   {"tgamma", mpfr_gamma},
  };
  return table;
}

const std::map<std::string_view, two>& binary_functions() {
  static const std::map<std::string_view, two> table = {
      {"atan2", mpfr_atan2}, {"atan2pi", mpfr_atan2pi}, {"fmod", mpfr_fmod},  {"hypot", mpfr_hypot},
      {"pow", mpfr_pow},     {"powr", mpfr_powr},       {"divide", mpfr_div}, {"remainder", mpfr_remainder},
  };
  return table;
}

void set(real& r, double value) {
  mpfr_set_d(r.get(), value, MPFR_RNDN);
}

double next(precision p, double a, double b) {
  return p == precision::f32 ? std::nextafter(static_cast<float>(a), static_cast<float>(b)) : std::nextafter(a, b);
}

double larger_magnitude(double a, double b, bool maximum) {
  const double x = std::fabs(a), y = std::fabs(b);
  if (x > y) return maximum ? a : b;
  if (y > x) return maximum ? b : a;
  return maximum ? std::fmax(a, b) : std::fmin(a, b);
}

/// log|gamma|, and gamma's sign.
void log_gamma(double a, exact_result& out) {
  real x(64);
  set(x, a);
  int sign = 0;
  mpfr_lgamma(out.value.get(), &sign, x.get(), MPFR_RNDN);
  out.integer = sign < 0 ? -1 : 1;
  // At a pole the sign is nobody's; the specification leaves it open.
  out.integer_counts = std::isfinite(a) && !(a <= 0 && a == std::floor(a));
}

void remainder_and_quotient(double a, double b, exact_result& out) {
  real x(64), y(64);
  set(x, a);
  set(y, b);
  long quotient = 0;
  mpfr_remquo(out.value.get(), &quotient, x.get(), y.get(), MPFR_RNDN);
  // Seven bits of the magnitude, with the sign.
  const long low = std::labs(quotient) & 0x7f;
  const bool negative = std::signbit(a) != std::signbit(b);
  out.integer = negative ? -low : low;
  out.integer_counts = std::isfinite(a) && !std::isnan(b) && b != 0;
  if (std::isinf(b)) out.integer = 0;
}

} // namespace

void reference(const function& f, precision p, double a, double b, long n, exact_result& out) {
  std::string_view name = f.name;
  for (std::string_view prefix : {"native_", "half_", "relaxed_"})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  out.integer_counts = true;
  out.zero_sign_counts = !f.name.starts_with("native_") && !f.name.starts_with("relaxed_");
  out.may_be_nan = false;
  real x(64), y(64);
  set(x, a);
  set(y, b);

  if (const auto found = unary_functions().find(name); found != unary_functions().end()) {
    found->second(out.value.get(), x.get(), MPFR_RNDN);
    if (name == "tanpi" && std::isfinite(a) && std::fmod(std::fabs(a), 1.0) == 0.5) {
      // +inf at n + 1/2 for even n, else -inf; odd.
      const bool up = std::fmod(std::fabs(a) - 0.5, 2.0) == 0.0;
      mpfr_set_inf(out.value.get(), up != std::signbit(a) ? 1 : -1);
    }
    if (name == "tanpi" && std::isfinite(a) && std::fmod(a, 1.0) == 0.0) {
      const bool odd = std::fmod(std::fabs(a), 2.0) == 1.0;
      mpfr_set_zero(out.value.get(), odd != std::signbit(a) ? -1 : 1);
    }
    if (name == "rsqrt" && a == 0) mpfr_set_inf(out.value.get(), std::signbit(a) ? -1 : 1);
    if (name == "tgamma" && a < 0 && std::isfinite(a) && a == std::floor(a)) mpfr_set_nan(out.value.get());
  } else if (const auto pair = binary_functions().find(name); pair != binary_functions().end()) {
    pair->second(out.value.get(), x.get(), y.get(), MPFR_RNDN);
    if (name == "powr" && (std::isnan(a) || std::isnan(b))) mpfr_set_nan(out.value.get());
  } else if (name == "lgamma" || name == "lgamma_r") {
    log_gamma(a, out);
  } else if (name == "remquo") {
    remainder_and_quotient(a, b, out);
  } else if (name == "pown") {
    mpfr_pow_si(out.value.get(), x.get(), n, MPFR_RNDN);
  } else if (name == "rootn") {
    if (n == 0)
      mpfr_set_nan(out.value.get());
    else
      mpfr_rootn_si(out.value.get(), x.get(), n, MPFR_RNDN);
    // Even roots of -0 are +0 or +inf.
    if (a == 0 && n % 2 == 0 && n != 0) mpfr_abs(out.value.get(), out.value.get(), MPFR_RNDN);
  } else if (name == "ldexp") {
    mpfr_mul_2si(out.value.get(), x.get(), n, MPFR_RNDN);
  } else if (name == "recip") {
    mpfr_ui_div(out.value.get(), 1, x.get(), MPFR_RNDN);
  } else if (name == "fdim") {
    mpfr_dim(out.value.get(), x.get(), y.get(), MPFR_RNDN);
  } else if (name == "sincos") {
    mpfr_sin(out.value.get(), x.get(), MPFR_RNDN);
    mpfr_cos(out.other.get(), x.get(), MPFR_RNDN);
  } else if (name == "ceil") {
    set(out.value, std::ceil(a));
  } else if (name == "copysign") {
    set(out.value, std::copysign(a, b));
  } else if (name == "fabs") {
    set(out.value, std::fabs(a));
  } else if (name == "floor") {
    set(out.value, std::floor(a));
  } else if (name == "fmax" || name == "fmin") {
    set(out.value, name == "fmax" ? std::fmax(a, b) : std::fmin(a, b));
    out.zero_sign_counts = false; // of +0 and -0 either may come out
  } else if (name == "rint") {
    set(out.value, std::nearbyint(a));
  } else if (name == "trunc") {
    set(out.value, std::trunc(a));
  } else if (name == "round") {
    set(out.value, std::round(a));
  } else if (name == "fract") {
    const double largest = p == precision::f32 ? 0x1.fffffep-1 : 0x1.fffffffffffffp-1;
    set(out.other, std::floor(a));
    if (std::isinf(a))
      set(out.value, std::copysign(0.0, a));
    else if (a == 0)
      set(out.value, a);
    else {
      mpfr_sub(out.value.get(), x.get(), out.other.get(), MPFR_RNDN);
      if (mpfr_cmp_d(out.value.get(), largest) > 0) set(out.value, largest);
    }
  } else if (name == "modf") {
    double whole = 0;
    set(out.value, std::modf(a, &whole));
    set(out.other, whole);
  } else if (name == "frexp") {
    int exponent = 0;
    set(out.value, std::frexp(a, &exponent));
    out.integer = std::isfinite(a) ? exponent : 0;
    out.integer_counts = std::isfinite(a);
  } else if (name == "ilogb") {
    out.integer = a == 0              ? std::numeric_limits<int>::min()
                  : !std::isfinite(a) ? std::numeric_limits<int>::max()
                                      : std::ilogb(a);
  } else if (name == "logb") {
    set(out.value, std::logb(a));
  } else if (name == "nextafter") {
    set(out.value, next(p, a, b));
  } else if (name == "maxmag" || name == "minmag") {
    set(out.value, larger_magnitude(a, b, name == "maxmag"));
    out.zero_sign_counts = false; // fmax(+0, -0) may be either
  } else {
    throw std::runtime_error("no reference for " + std::string(f.name));
  }
}

} // namespace accuracy
