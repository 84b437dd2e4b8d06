// SPDX-License-Identifier: MIT
// The exact results, from MPFR with guard bits, with the special values of OpenCL C 1.2 section 7.5.1.
#pragma once

#include "function_table.hpp"

#include <mpfr.h>

namespace accuracy {

class real {
 public:
  explicit real(mpfr_prec_t bits) { mpfr_init2(value_, bits); }
  ~real() { mpfr_clear(value_); }
  real(const real&) = delete;
  real& operator=(const real&) = delete;
  mpfr_ptr get() { return value_; }
  mpfr_srcptr get() const { return value_; }

 private:
  mpfr_t value_;
};

struct exact_result {
  explicit exact_result(mpfr_prec_t bits) : value(bits), other(bits) {}
  real value;
  real other;       ///< the second result where it is a number
  long integer = 0; ///< the second result where it is an int, or the result of to_int
  bool integer_counts = true;
  bool zero_sign_counts = true;
  bool may_be_nan = false; ///< NaN is as good
};

/// f(a), f(a, b) or f(a, n) into `out`; `p` says in which format the arguments live.
void reference(const function& f, precision p, double a, double b, long n, exact_result& out);

} // namespace accuracy
