// SPDX-License-Identifier: MIT
// Inverse trigonometric functions. Polynomials: fit/trigonometric.py.
#pragma OPENCL FP_CONTRACT OFF

// asin(x) = x + x^3 P(x^2) on |x| <= 1/2, P of degree 4, error 2^-27.6; z = x^2.
float __dc_asin_polynomial_f32(float x, float z) {
  float p = fma(0x1.595c58p-5f, z, 0x1.8c3e54p-6f);
  p = fma(p, z, 0x1.747bb8p-5f);
  p = fma(p, z, 0x1.330204p-4f);
  p = fma(p, z, 0x1.5555c8p-3f);
  return fma(p, z * x, x);
}

// Beyond 1/2: asin(x) = pi/2 - 2 asin(sqrt((1-x)/2)). Beyond 1 the root is a NaN.
float __dc_asin_f32(float x) {
  float a = fabs(x);
  int wide = a > 0.5f;
  float z = wide ? fma(-0.5f, a, 0.5f) : a * a;
  float s = wide ? sqrt(z) : a;
  float p = __dc_asin_polynomial_f32(s, z);
  float y = wide ? 0x1.921fb6p+0f - fma(2.0f, p, 0x1.777a5cp-25f) : p;
  return copysign(y, x);
}

float __dc_acos_f32(float x) {
  float a = fabs(x);
  int wide = a > 0.5f;
  float z = wide ? fma(-0.5f, a, 0.5f) : a * a;
  float s = wide ? sqrt(z) : a;
  float p = __dc_asin_polynomial_f32(s, z);
  float narrow = 0x1.921fb6p+0f - (copysign(p, x) + 0x1.777a5cp-25f);
  float y = 2.0f * p;
  y = x < 0.0f ? 0x1.921fb6p+1f - (y + 0x1.777a5cp-24f) : y;
  return wide ? y : narrow;
}

float __dc_asinpi_f32(float x) {
  float a = fabs(x);
  int wide = a > 0.5f;
  float z = wide ? fma(-0.5f, a, 0.5f) : a * a;
  float s = wide ? sqrt(z) : a;
  float p = __dc_asin_polynomial_f32(s, z);
  float y = wide ? fma(p, -0x1.45f306p-1f, 0.5f) : p * 0x1.45f306p-2f;
  return copysign(y, x);
}

float __dc_acospi_f32(float x) {
  float a = fabs(x);
  int wide = a > 0.5f;
  float z = wide ? fma(-0.5f, a, 0.5f) : a * a;
  float s = wide ? sqrt(z) : a;
  float p = __dc_asin_polynomial_f32(s, z);
  float y = p * 0x1.45f306p-1f;
  y = x < 0.0f ? 1.0f - y : y;
  return wide ? y : fma(copysign(p, x), -0x1.45f306p-2f, 0.5f);
}

// atan(q) = q + q^3 P(q^2) on |q| <= 1, P of degree 8, error 2^-28.4.
float __dc_atan_polynomial_f32(float q) {
  float z = q * q;
  float p = fma(-0x1.d3baeep-10f, z, 0x1.644b66p-7f);
  p = fma(p, z, -0x1.fd9512p-6f);
  p = fma(p, z, 0x1.da3032p-5f);
  p = fma(p, z, -0x1.5809c4p-4f);
  p = fma(p, z, 0x1.c08c54p-4f);
  p = fma(p, z, -0x1.242086p-3f);
  p = fma(p, z, 0x1.9991e4p-3f);
  p = fma(p, z, -0x1.55553ep-2f);
  return fma(p, z * q, q);
}

float __dc_atan_f32(float x) {
  float a = fabs(x);
  float p = __dc_atan_polynomial_f32(a > 1.0f ? 1.0f / a : a);
  float y = a > 1.0f ? 0x1.921fb6p+0f - (p + 0x1.777a5cp-25f) : p;
  return copysign(y, x);
}

float __dc_atanpi_f32(float x) {
  float a = fabs(x);
  float p = __dc_atan_polynomial_f32(a > 1.0f ? 1.0f / a : a);
  float y = a > 1.0f ? fma(p, -0x1.45f306p-2f, 0.5f) : p * 0x1.45f306p-2f;
  return copysign(y, x);
}

// The smaller over the larger magnitude: 0 when both are zero, 1 when both are infinite.
float __dc_atan2_ratio_f32(float a, float b) {
  float larger = a > b ? a : b;
  float smaller = a > b ? b : a;
  float q = smaller / larger;
  q = larger == 0.0f ? 0.0f : q;
  return smaller == INFINITY ? 1.0f : q;
}

float __dc_atan2_f32(float y, float x) {
  float a = fabs(y);
  float b = fabs(x);
  float r = __dc_atan_polynomial_f32(__dc_atan2_ratio_f32(a, b));
  r = a > b ? 0x1.921fb6p+0f - (r + 0x1.777a5cp-25f) : r;
  r = as_int(x) < 0 ? 0x1.921fb6p+1f - (r + 0x1.777a5cp-24f) : r;
  r = copysign(r, y);
  return isnan(x) || isnan(y) ? x + y : r;
}

float __dc_atan2pi_f32(float y, float x) {
  float a = fabs(y);
  float b = fabs(x);
  float r = __dc_atan_polynomial_f32(__dc_atan2_ratio_f32(a, b)) * 0x1.45f306p-2f;
  r = a > b ? 0.5f - r : r;
  r = as_int(x) < 0 ? 1.0f - r : r;
  r = copysign(r, y);
  return isnan(x) || isnan(y) ? x + y : r;
}
