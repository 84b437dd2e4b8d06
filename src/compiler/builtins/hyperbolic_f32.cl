// SPDX-License-Identifier: MIT
// Hyperbolic functions and their inverses. Polynomials: fit/exponential.py.
#pragma OPENCL FP_CONTRACT OFF

float __dc_exp_polynomial_f32(float r);
float __dc_log1p_f32(float x);

// e^a / 2 for a >= 0; infinite where twice it is above twice the largest float.
float __dc_half_exponential_f32(float a) {
  float c = a < 90.0f ? a : 90.0f;
  float t = fma(c, 0x1.715476p+0f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.62e43p-1f, c);
  r = fma(n, 0x1.05c61p-29f, r);
  float p = __dc_exp_polynomial_f32(r);
  return p * as_float((as_uint(t) << 23) + (125u << 23)) * 2.0f;
}

// Below 1: x + x^3 P(x^2), P of degree 2, error 2^-25.3.
float __dc_sinh_f32(float x) {
  float a = fabs(x);
  float z = a * a;
  float p = fma(0x1.ab429p-13f, z, 0x1.10f76p-7f);
  p = fma(p, z, 0x1.555598p-3f);
  float small = fma(p, z * a, a);
  float e = __dc_half_exponential_f32(a);
  float y = a < 1.0f ? small : e - 0.25f / e;
  return isnan(x) ? x : copysign(y, x);
}

float __dc_cosh_f32(float x) {
  float a = fabs(x);
  float e = __dc_half_exponential_f32(a);
  return isnan(x) ? x : e + 0.25f / e;
}

// Below 0.625: x + x^3 P(x^2), P of degree 4, error 2^-27.7; above: 1 - 2 / (e^2x + 1).
float __dc_tanh_f32(float x) {
  float a = fabs(x);
  float z = a * a;
  float p = fma(-0x1.7550b6p-8f, z, 0x1.5202e4p-6f);
  p = fma(p, z, -0x1.b8365cp-5f);
  p = fma(p, z, 0x1.1106f6p-3f);
  p = fma(p, z, -0x1.555532p-2f);
  float small = fma(p, z * a, a);
  float c = a < 10.0f ? a : 10.0f;
  float t = fma(c, 0x1.715476p+1f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.62e43p-1f, c + c);
  r = fma(n, 0x1.05c61p-29f, r);
  float e = as_float(as_uint(__dc_exp_polynomial_f32(r)) + (as_uint(t) << 23));
  float large = 1.0f - 2.0f / (e + 1.0f);
  float y = a < 0.625f ? small : large;
  return isnan(x) ? x : copysign(y, x);
}

// log(a + sqrt(a^2 + 1)) as log1p(a + a^2 / (1 + sqrt(a^2 + 1))); from 2^30 on log1p(a) + log(2).
float __dc_asinh_f32(float x) {
  float a = fabs(x);
  int huge = a >= 0x1p+30f;
  float z = a * a;
  float small = a + z / (1.0f + sqrt(z + 1.0f));
  float y = __dc_log1p_f32(huge ? a : small);
  y = huge ? y + 0x1.62e43p-1f : y;
  return copysign(y, x);
}

float __dc_acosh_f32(float x) {
  int huge = x >= 0x1p+30f;
  float t = x - 1.0f;
  float y = __dc_log1p_f32(huge ? x : t + sqrt(fma(t, t, t + t)));
  y = huge ? y + 0x1.62e43p-1f : y;
  return x >= 1.0f ? y : NAN;
}

float __dc_atanh_f32(float x) {
  float a = fabs(x);
  float y = 0.5f * __dc_log1p_f32((a + a) / (1.0f - a));
  y = a < 0x1p-13f ? a : y;
  y = a > 1.0f ? NAN : y;
  return isnan(x) ? x : copysign(y, x);
}
