// SPDX-License-Identifier: MIT
// Logarithms. x = 2^e * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); with s = f/(2+f), z = s^2:
// log(1+f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + R)), R = z P(z). P: fit/logarithm.py, degree 6, error 2^-59.5.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double __dc_log_mantissa_f64(double f) {
  double s = f / (2.0 + f);
  double z = s * s;
  double p = fma(0x1.2f1136132d6d4p-3, z, 0x1.39a098de210f1p-3);
  p = fma(p, z, 0x1.746649a7d4bfcp-3);
  p = fma(p, z, 0x1.c71c51d7c0d64p-3);
  p = fma(p, z, 0x1.249249422a583p-2);
  p = fma(p, z, 0x1.999999997f9f7p-2);
  p = fma(p, z, 0x1.5555555555593p-1);
  double h = 0.5 * f * f;
  return f - fma(-s, fma(p, z, h), h);
}

// 0x3fe6a09e667f3bcd is sqrt(1/2): the difference's upper bits are e, its lower ones the mantissa's place in the
// interval.
double __dc_log_normal_f64(double x, double e0) {
  ulong u = as_ulong(x) - 0x3fe6a09e667f3bcdUL;
  double e = (double)(int)((long)u >> 52) + e0;
  double f = as_double((u & 0x000fffffffffffffUL) + 0x3fe6a09e667f3bcdUL) - 1.0;
  return fma(e, 0x1.62e42fefa39efp-1, __dc_log_mantissa_f64(f));
}

double __dc_log2_normal_f64(double x, double e0) {
  ulong u = as_ulong(x) - 0x3fe6a09e667f3bcdUL;
  double e = (double)(int)((long)u >> 52) + e0;
  double f = as_double((u & 0x000fffffffffffffUL) + 0x3fe6a09e667f3bcdUL) - 1.0;
  return fma(__dc_log_mantissa_f64(f), 0x1.71547652b82fep+0, e);
}

double __dc_log10_normal_f64(double x, double e0) {
  ulong u = as_ulong(x) - 0x3fe6a09e667f3bcdUL;
  double e = (double)(int)((long)u >> 52) + e0;
  double f = as_double((u & 0x000fffffffffffffUL) + 0x3fe6a09e667f3bcdUL) - 1.0;
  return fma(e, 0x1.34413509f79ffp-2, __dc_log_mantissa_f64(f) * 0x1.bcb7b1526e50ep-2);
}

// Of what is not a positive normal number, the subnormal ones come here scaled by 2^54.
double __dc_log_special_f64(double x, double of_subnormal) {
  double y = x < 0.0 ? NAN : x + x;
  y = x == 0.0 ? -INFINITY : y;
  return x > 0.0 && x < INFINITY ? of_subnormal : y;
}

double __dc_log_f64(double x) {
  double y = __dc_log_normal_f64(x, 0.0);
  if (as_ulong(x) - 0x0010000000000000UL >= 0x7fe0000000000000UL)
    y = __dc_log_special_f64(x, __dc_log_normal_f64(x * 0x1p+54, -54.0));
  return y;
}

double __dc_log2_f64(double x) {
  double y = __dc_log2_normal_f64(x, 0.0);
  if (as_ulong(x) - 0x0010000000000000UL >= 0x7fe0000000000000UL)
    y = __dc_log_special_f64(x, __dc_log2_normal_f64(x * 0x1p+54, -54.0));
  return y;
}

double __dc_log10_f64(double x) {
  double y = __dc_log10_normal_f64(x, 0.0);
  if (as_ulong(x) - 0x0010000000000000UL >= 0x7fe0000000000000UL)
    y = __dc_log_special_f64(x, __dc_log10_normal_f64(x * 0x1p+54, -54.0));
  return y;
}

// e comes from the rounded 1+x, but f = x*2^-e + (2^-e - 1) from x itself, with one rounding.
double __dc_log1p_f64(double x) {
  ulong u = as_ulong(1.0 + x) - 0x3fe6a09e667f3bcdUL;
  int k = (int)((long)u >> 52);
  double s = as_double(0x3ff0000000000000UL - ((ulong)(long)k << 52));
  double f = fma(x, s, s - 1.0);
  double y = fma((double)k, 0x1.62e42fefa39efp-1, __dc_log_mantissa_f64(f));
  y = fabs(x) < 0x1p-53 ? x : y;
  if (!(x > -1.0 && x < 0x1p+900)) y = __dc_log_special_f64(x < 0.0 ? x + 1.0 : x, __dc_log_normal_f64(x, 0.0));
  return y;
}
