// SPDX-License-Identifier: MIT
// Functions that take numbers apart, put them together or choose between them. All are exact.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double __dc_fract_f64(double x, __private double* whole) {
  double n = floor(x);
  *whole = n;
  double f = fmin(x - n, 0x1.fffffffffffffp-1);
  f = isnan(x) ? x : f;
  return fabs(x) == INFINITY ? copysign(0.0, x) : (x == 0.0 ? x : f);
}

double __dc_modf_f64(double x, __private double* whole) {
  double n = trunc(x);
  *whole = n;
  return copysign(fabs(x) == INFINITY ? 0.0 : x - n, x);
}

double __dc_frexp_f64(double x, __private int* exponent) {
  double a = fabs(x);
  int small = a < 0x1p-1022;
  ulong bits = as_ulong(small ? x * 0x1p+54 : x);
  int ordinary = a > 0.0 && a < INFINITY;
  int e = (int)((bits >> 52) & 0x7ffUL) - (small ? 1076 : 1022);
  *exponent = ordinary ? e : 0;
  return ordinary ? as_double((bits & 0x800fffffffffffffUL) | 0x3fe0000000000000UL) : x;
}

// The new exponent goes into its field; below the normal range by way of a number 2^64 too large, whose scaling
// rounds the one time that is needed.
double __dc_ldexp_f64(double x, int n) {
  double a = fabs(x);
  int small = a < 0x1p-1022;
  ulong bits = as_ulong(small ? x * 0x1p+54 : x);
  int e = (int)((bits >> 52) & 0x7ffUL) - (small ? 54 : 0) + min(max(n, -5000), 5000);
  ulong mantissa = bits & 0x800fffffffffffffUL;
  double normal = as_double(mantissa | ((ulong)(uint)e << 52));
  double tiny = as_double(mantissa | ((ulong)(uint)(max(e, -63) + 64) << 52)) * 0x1p-64;
  double y = e > 0 ? normal : tiny;
  y = e > 2046 ? copysign((double)INFINITY, x) : y;
  return a > 0.0 && a < INFINITY ? y : x + x;
}

int __dc_ilogb_f64(double x) {
  ulong bits = as_ulong(x) & 0x7fffffffffffffffUL;
  int e = bits < 0x0010000000000000UL ? 12 - (int)clz(bits) - 1023 : (int)(bits >> 52) - 1023;
  e = bits == 0UL ? -2147483647 - 1 : e;
  return bits >= 0x7ff0000000000000UL ? 2147483647 : e;
}

double __dc_logb_f64(double x) {
  ulong bits = as_ulong(x) & 0x7fffffffffffffffUL;
  int e = bits < 0x0010000000000000UL ? 12 - (int)clz(bits) - 1023 : (int)(bits >> 52) - 1023;
  double y = bits == 0UL ? -INFINITY : (double)e;
  return bits >= 0x7ff0000000000000UL ? x * x : y;
}

double __dc_nan_f64(ulong code) {
  return as_double((code & 0x0007ffffffffffffUL) | 0x7ff8000000000000UL);
}

// Doubles of one sign are ordered as their bits; zero is next to the smallest number of either sign.
double __dc_nextafter_f64(double x, double y) {
  long bits = as_long(x);
  int away = (x < y) == (bits >= 0L);
  long next = bits + (away ? 1L : -1L);
  next = x == 0.0 ? (long)((as_ulong(y) & 0x8000000000000000UL) | 1UL) : next;
  double z = x == y ? y : as_double(next);
  return isnan(x) || isnan(y) ? x + y : z;
}

double __dc_round_f64(double x) {
  double n = trunc(x);
  double away = fabs(x - n) >= 0.5 ? 1.0 : 0.0;
  return copysign(fabs(n) + away, x);
}

double __dc_fdim_f64(double x, double y) {
  return x <= y ? 0.0 : x - y;
}

double __dc_maxmag_f64(double x, double y) {
  double a = fabs(x);
  double b = fabs(y);
  return a > b ? x : (b > a ? y : fmax(x, y));
}

double __dc_minmag_f64(double x, double y) {
  double a = fabs(x);
  double b = fabs(y);
  return a < b ? x : (b < a ? y : fmin(x, y));
}
