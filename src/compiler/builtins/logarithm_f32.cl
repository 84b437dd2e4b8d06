// SPDX-License-Identifier: MIT
// Logarithms. x = 2^e * (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); log(1+f) = f - f^2/2 + f^3 P(f).
// P: fit/logarithm.py, degree 7, error of log(1+f) relative 2^-27.3.
#pragma OPENCL FP_CONTRACT OFF

float __dc_log_mantissa_f32(float f) {
  float p = fma(-0x1.38c8fep-4f, f, 0x1.055e5ep-3f);
  p = fma(p, f, -0x1.0d8232p-3f);
  p = fma(p, f, 0x1.22d936p-3f);
  p = fma(p, f, -0x1.54728cp-3f);
  p = fma(p, f, 0x1.99a01cp-3f);
  p = fma(p, f, -0x1.000226p-2f);
  p = fma(p, f, 0x1.555554p-2f);
  p = fma(p, f, -0.5f);
  return fma(f * f, p, f);
}

// 0x3f3504f3 is sqrt(1/2): the difference's upper bits are e, its lower ones the mantissa's place in the interval.
float __dc_log_normal_f32(float x, float e0) {
  uint u = as_uint(x) - 0x3f3504f3u;
  float e = (float)((int)u >> 23) + e0;
  float f = as_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  return fma(e, 0x1.62e43p-1f, __dc_log_mantissa_f32(f));
}

float __dc_log2_normal_f32(float x, float e0) {
  uint u = as_uint(x) - 0x3f3504f3u;
  float e = (float)((int)u >> 23) + e0;
  float f = as_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  return fma(__dc_log_mantissa_f32(f), 0x1.715476p+0f, e);
}

float __dc_log10_normal_f32(float x, float e0) {
  uint u = as_uint(x) - 0x3f3504f3u;
  float e = (float)((int)u >> 23) + e0;
  float f = as_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  return fma(e, 0x1.344136p-2f, __dc_log_mantissa_f32(f) * 0x1.bcb7b2p-2f);
}

// Of what is not a positive normal number, the subnormal ones come here scaled by 2^23.
float __dc_log_special_f32(float x, float of_subnormal) {
  float y = x < 0.0f ? NAN : x + x;
  y = x == 0.0f ? -INFINITY : y;
  return x > 0.0f && x < INFINITY ? of_subnormal : y;
}

float __dc_log_f32(float x) {
  float y = __dc_log_normal_f32(x, 0.0f);
  if (as_uint(x) - 0x00800000u >= 0x7f000000u)
    y = __dc_log_special_f32(x, __dc_log_normal_f32(x * 0x1p+23f, -23.0f));
  return y;
}

float __dc_log2_f32(float x) {
  float y = __dc_log2_normal_f32(x, 0.0f);
  if (as_uint(x) - 0x00800000u >= 0x7f000000u)
    y = __dc_log_special_f32(x, __dc_log2_normal_f32(x * 0x1p+23f, -23.0f));
  return y;
}

float __dc_log10_f32(float x) {
  float y = __dc_log10_normal_f32(x, 0.0f);
  if (as_uint(x) - 0x00800000u >= 0x7f000000u)
    y = __dc_log_special_f32(x, __dc_log10_normal_f32(x * 0x1p+23f, -23.0f));
  return y;
}

// e comes from the rounded 1+x, but f = x*2^-e + (2^-e - 1) from x itself, with one rounding.
float __dc_log1p_f32(float x) {
  uint u = as_uint(1.0f + x) - 0x3f3504f3u;
  int k = (int)u >> 23;
  float s = as_float(0x3f800000u - ((uint)k << 23));
  float f = fma(x, s, s - 1.0f);
  float y = fma((float)k, 0x1.62e43p-1f, __dc_log_mantissa_f32(f));
  y = fabs(x) < 0x1p-24f ? x : y;
  if (!(x > -1.0f && x < 0x1p+100f)) y = __dc_log_special_f32(x < 0.0f ? x + 1.0f : x, __dc_log_normal_f32(x, 0.0f));
  return y;
}
