// SPDX-License-Identifier: MIT
// Exact remainders. Each step takes off q * (y * 2^k) with q below 2^52: the difference is a multiple of the unit of
// y * 2^k and smaller than y * 2^k, hence representable, and the fma that makes it is exact. A quotient rounded up to
// the next integer leaves a negative difference, which one addition repairs.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// The exponent field, counting on below the smallest normal number.
int __dc_exponent_f64(double a) {
  ulong bits = as_ulong(a);
  return bits < 0x0010000000000000UL ? 12 - (int)clz(bits) : (int)(bits >> 52);
}

// a, b positive and finite: (a mod b, quotient modulo 2^8).
double2 __dc_fmod_quotient_f64(double a, double b) {
  uint quotient = 0u;
  while (a >= b) {
    int k = __dc_exponent_f64(a) - __dc_exponent_f64(b) - 51;
    k = k > 0 ? k : 0;
    int first = k > 1023 ? 1023 : k;
    double scaled = b * as_double((ulong)(uint)(1023 + first) << 52) * as_double((ulong)(uint)(1023 + k - first) << 52);
    double q = trunc(a / scaled);
    double r = fma(-q, scaled, a);
    int negative = r < 0.0;
    r = negative ? r + scaled : r;
    q = negative ? q - 1.0 : q;
    uint low = (uint)(q - 256.0 * floor(q * 0x1p-8));
    quotient += k < 8 ? low << (uint)k : 0u;
    a = r;
  }
  return (double2)(a, (double)(quotient & 0xffu));
}

double __dc_fmod_f64(double x, double y) {
  double a = fabs(x);
  double b = fabs(y);
  int defined = a < INFINITY && b > 0.0;
  double r = __dc_fmod_quotient_f64(defined ? a : 0.0, defined ? b : 1.0).x;
  return defined ? copysign(r, x) : NAN;
}

double __dc_remquo_f64(double x, double y, __private int* quotient) {
  double a = fabs(x);
  double b = fabs(y);
  int defined = a < INFINITY && b > 0.0;
  double2 step = __dc_fmod_quotient_f64(defined ? a : 0.0, defined ? b : 1.0);
  double r = step.x;
  uint q = (uint)step.y;
  // r > b/2, or a tie and an odd quotient. b - r is exact where it is compared with r near a tie.
  double other = b - r;
  int up = r > other || (r == other && (q & 1u) != 0u);
  up = up && b < INFINITY;
  r = up ? -other : r;
  q = (q + (up ? 1u : 0u)) & 0x7fu;
  int negative = (as_long(x) ^ as_long(y)) < 0L;
  *quotient = defined ? (negative ? -(int)q : (int)q) : 0;
  r = as_long(x) < 0L ? -r : r;
  return defined ? r : NAN;
}

double __dc_remainder_f64(double x, double y) {
  int quotient;
  return __dc_remquo_f64(x, y, &quotient);
}
