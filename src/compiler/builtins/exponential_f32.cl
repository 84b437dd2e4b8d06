// SPDX-License-Identifier: MIT
// Exponentials. x = n*log(2) + r with n the nearest integer, found by adding 1.5*2^23, which leaves n in the low bits
// of the sum; 2^n is then an addition to the exponent field. Polynomials: fit/exponential.py.
#pragma OPENCL FP_CONTRACT OFF

// p * 2^n for p in [0.5, 2), t = n + 1.5*2^23 and n so small that the result is subnormal or zero.
float __dc_scale_tiny_f32(float p, float t) {
  return as_float(as_uint(p) + (as_uint(t) << 23) + (64u << 23)) * 0x1p-64f;
}

// e^r on |r| <= 0.3501, degree 6, error 2^-28.1.
float __dc_exp_polynomial_f32(float r) {
  float p = fma(0x1.6a4d76p-10f, r, 0x1.123e58p-7f);
  p = fma(p, r, 0x1.5558b8p-5f);
  p = fma(p, r, 0x1.55548cp-3f);
  p = fma(p, r, 0x1.fffffcp-2f);
  p = fma(p, r, 1.0f);
  return fma(p, r, 1.0f);
}

// 2^r on |r| <= 0.5, degree 6, error 2^-28.3.
float __dc_exp2_polynomial_f32(float r) {
  float p = fma(0x1.416b5ep-13f, r, 0x1.5f082ep-10f);
  p = fma(p, r, 0x1.3b2dep-7f);
  p = fma(p, r, 0x1.c6af7cp-5f);
  p = fma(p, r, 0x1.ebfbdcp-3f);
  p = fma(p, r, 0x1.62e43p-1f);
  return fma(p, r, 1.0f);
}

// The last float whose exponential is finite is 0x1.62e42ep+6; below -126 log(2) the result is subnormal. A NaN fails
// every comparison but the one that is written so that it passes through the multiplication.
float __dc_exp_f32(float x) {
  float t = fma(x, 0x1.715476p+0f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.62e43p-1f, x);
  r = fma(n, 0x1.05c61p-29f, r);
  float p = __dc_exp_polynomial_f32(r);
  float y = as_float(as_uint(p) + (as_uint(t) << 23));
  y = x <= 0x1.62e42ep+6f ? y : x * INFINITY;
  if (x < -0x1.5d589ep+6f) y = x < -104.0f ? 0.0f : __dc_scale_tiny_f32(p, t);
  return y;
}

float __dc_exp2_f32(float x) {
  float t = x + 0x1.8p+23f;
  float r = x - (t - 0x1.8p+23f);
  float p = __dc_exp2_polynomial_f32(r);
  float y = as_float(as_uint(p) + (as_uint(t) << 23));
  y = x < 128.0f ? y : x * INFINITY;
  if (x < -126.0f) y = x < -150.5f ? 0.0f : __dc_scale_tiny_f32(p, t);
  return y;
}

// 10^r on |r| <= 0.1506, degree 6, error 2^-28.5.
float __dc_exp10_f32(float x) {
  float t = fma(x, 0x1.a934fp+1f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.344136p-2f, x);
  r = fma(n, 0x1.ec10cp-27f, r);
  float p = fma(0x1.a63d02p-3f, r, 0x1.156a36p-1f);
  p = fma(p, r, 0x1.2bd9fep+0f);
  p = fma(p, r, 0x1.046f9cp+1f);
  p = fma(p, r, 0x1.53524ap+1f);
  p = fma(p, r, 0x1.26bb1cp+1f);
  p = fma(p, r, 1.0f);
  float y = as_float(as_uint(p) + (as_uint(t) << 23));
  y = x <= 0x1.344134p+5f ? y : x * INFINITY;
  if (x < -0x1.2f703p+5f) y = x < -45.5f ? 0.0f : __dc_scale_tiny_f32(p, t);
  return y;
}

// 2^n * (e^r - 1) + (2^n - 1), with 2^(n-1) in place of 2^n so that n = 128 is no special case.
float __dc_expm1_f32(float x) {
  float c = x < -18.0f ? -18.0f : x;
  float t = fma(c, 0x1.715476p+0f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.62e43p-1f, c);
  r = fma(n, 0x1.05c61p-29f, r);
  float q = fma(0x1.6a4d76p-10f, r, 0x1.123e58p-7f);
  q = fma(q, r, 0x1.5558b8p-5f);
  q = fma(q, r, 0x1.55548cp-3f);
  q = fma(q, r, 0x1.fffffcp-2f);
  q = fma(q * r, r, r);
  float half_scale = as_float((as_uint(t) << 23) + 0x3f000000u);
  float y = 2.0f * fma(half_scale, q, half_scale - 0.5f);
  y = x <= 0x1.62e42ep+6f ? y : x * INFINITY;
  return fabs(x) < 0x1p-24f ? x : y;
}
