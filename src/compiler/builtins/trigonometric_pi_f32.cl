// SPDX-License-Identifier: MIT
// sin, cos and tan of pi*x. The reduction is exact: y = x - 2*rint(x/2) lies in [-1, 1].
#pragma OPENCL FP_CONTRACT OFF

// sin(pi*z) on |z| <= 1/2: pi*z + z^3 Q(z^2), pi in two parts; Q: fit/trigonometric.py, degree 3, error 2^-27.2;
// never beyond 1.
float __dc_sinpi_polynomial_f32(float z) {
  float s = z * z;
  float q = fma(0x1.3e56eep-4f, s, -0x1.32588p-1f);
  q = fma(q, s, 0x1.46693ap+1f);
  q = fma(q, s, -0x1.4abbc6p+2f);
  q = fma(q, s, -0x1.777a5cp-24f);
  q = fma(0x1.921fb6p+1f, z, q * z);
  q = q > 1.0f ? 1.0f : q;
  return q < -1.0f ? -1.0f : q;
}

// Zeros take the sign of x, wherever on the period they lie.
float __dc_sinpi_f32(float x) {
  float y = fma(-2.0f, rint(x * 0.5f), x);
  float a = fabs(y);
  float z = a > 0.5f ? 1.0f - a : a;
  float r = __dc_sinpi_polynomial_f32(z);
  r = copysign(r, z == 0.0f ? x : y);
  return fabs(x) < INFINITY ? r : NAN;
}

float __dc_cospi_f32(float x) {
  float y = fma(-2.0f, rint(x * 0.5f), x);
  float r = __dc_sinpi_polynomial_f32(0.5f - fabs(y));
  return fabs(x) < INFINITY ? r : NAN;
}

float __dc_tanpi_f32(float x) {
  float y = fma(-2.0f, rint(x * 0.5f), x);
  float a = fabs(y);
  float sine = __dc_sinpi_polynomial_f32(a > 0.5f ? 1.0f - a : a);
  float r = sine / __dc_sinpi_polynomial_f32(0.5f - a);
  // The sine's sign; an even multiple of pi has x's, an odd one the other.
  int negative = as_int(y) < 0;
  negative = a == 0.0f || a == 1.0f ? as_int(x) < 0 : negative;
  r = negative ? -r : r;
  return fabs(x) < INFINITY ? r : NAN;
}
