// SPDX-License-Identifier: MIT
// native_*: as fast as the target allows, without the rare paths; and what -cl-fast-relaxed-math may use, within the
// errors of OpenCL 3.0's table for that option: exp 3 + floor(|2x|) ulp, log 3 ulp, sin and cos 2^-11 on [-pi, pi],
// the others derived from these. Both reach zero and infinity where the exact result does. Polynomials: fit/*.py.
#pragma OPENCL FP_CONTRACT OFF

// e^r on |r| <= 0.3501, degree 5, error 2^-23.1.
float __dc_relaxed_exp_f32(float x) {
  float t = fma(x, 0x1.715476p+0f, 0x1.8p+23f);
  float r = fma(t - 0x1.8p+23f, -0x1.62e43p-1f, x);
  float p = fma(0x1.10604cp-7f, r, 0x1.573334p-5f);
  p = fma(p, r, 0x1.5557c4p-3f);
  p = fma(p, r, 0x1.fffde8p-2f);
  p = fma(p, r, 1.0f);
  p = fma(p, r, 1.0f);
  float y = as_float(as_uint(p) + (as_uint(t) << 23));
  y = x < -0x1.5d589ep+6f ? 0.0f : y;
  return x > 0x1.62e42ep+6f ? INFINITY : y;
}

// 2^r on |r| <= 1/2, degree 5, error 2^-23.4.
float __dc_relaxed_exp2_f32(float x) {
  float t = x + 0x1.8p+23f;
  float r = x - (t - 0x1.8p+23f);
  float p = fma(0x1.5bda4p-10f, r, 0x1.3ce8acp-7f);
  p = fma(p, r, 0x1.c6b6d8p-5f);
  p = fma(p, r, 0x1.ebf9c2p-3f);
  p = fma(p, r, 0x1.62e42ap-1f);
  p = fma(p, r, 1.0f);
  float y = as_float(as_uint(p) + (as_uint(t) << 23));
  y = x < -126.0f ? 0.0f : y;
  return x >= 128.0f ? INFINITY : y;
}

float __dc_relaxed_exp10_f32(float x) {
  return __dc_relaxed_exp2_f32(x * 0x1.a934fp+1f);
}

// log2(1+f) = f P(f), P of degree 8, error 2^-25.1.
float __dc_relaxed_log2_f32(float x) {
  uint u = as_uint(x) - 0x3f3504f3u;
  float e = (float)((int)u >> 23);
  float f = as_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  float p = fma(0x1.013a14p-3f, f, -0x1.a72afcp-3f);
  p = fma(p, f, 0x1.b95aeap-3f);
  p = fma(p, f, -0x1.e98ea2p-3f);
  p = fma(p, f, 0x1.26dd3ap-2f);
  p = fma(p, f, -0x1.715b32p-2f);
  p = fma(p, f, 0x1.ec7366p-2f);
  p = fma(p, f, -0x1.715472p-1f);
  p = fma(p, f, 0x1.715476p+0f);
  float y = fma(p, f, e);
  y = x < 0x1p-126f ? -INFINITY : y;
  return x >= 0.0f ? y : NAN;
}

float __dc_relaxed_log_f32(float x) {
  uint u = as_uint(x) - 0x3f3504f3u;
  float e = (float)((int)u >> 23);
  float f = as_float((u & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
  // log(1+f) = f P(f), P of degree 8, error 2^-25.
  float p = fma(0x1.65f0ap-4f, f, -0x1.25059ep-3f);
  p = fma(p, f, 0x1.317caep-3f);
  p = fma(p, f, -0x1.535c2cp-3f);
  p = fma(p, f, 0x1.98d3ap-3f);
  p = fma(p, f, -0x1.0004a8p-2f);
  p = fma(p, f, 0x1.5556fp-2f);
  p = fma(p, f, -0x1.fffffap-2f);
  p = fma(p * f, f, f);
  float y = fma(e, 0x1.62e43p-1f, p);
  y = x < 0x1p-126f ? -INFINITY : y;
  return x >= 0.0f ? y : NAN;
}

float __dc_relaxed_log10_f32(float x) {
  return __dc_relaxed_log_f32(x) * 0x1.bcb7b2p-2f;
}

// As the full sine, but pi has two parts and there is no path for huge arguments: good to 2^17, bounded everywhere.
float __dc_relaxed_sin_reduced_f32(float r) {
  float s = r * r;
  float p = fma(0x1.5dc908p-19f, s, -0x1.9f70fp-13f);
  p = fma(p, s, 0x1.110edap-7f);
  p = fma(p, s, -0x1.55554cp-3f);
  p = fma(p, s * r, r);
  p = p > 1.0f ? 1.0f : p;
  return p < -1.0f ? -1.0f : p;
}

float __dc_relaxed_sin_f32(float x) {
  float t = fma(x, 0x1.45f306p-2f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.921fb6p+1f, x);
  r = fma(n, 0x1.777a5cp-24f, r);
  return as_float(as_uint(__dc_relaxed_sin_reduced_f32(r)) ^ (as_uint(t) << 31));
}

float __dc_relaxed_cos_f32(float x) {
  float t = fma(fabs(x), 0x1.45f306p-2f, -0.5f) + 0x1.8p+23f;
  float n = (t - 0x1.8p+23f) + 0.5f;
  float r = fma(n, -0x1.921fb6p+1f, fabs(x));
  r = fma(n, 0x1.777a5cp-24f, r);
  return as_float(as_uint(__dc_relaxed_sin_reduced_f32(r)) ^ (~as_uint(t) << 31));
}

float __dc_relaxed_tan_f32(float x) {
  return __dc_relaxed_sin_f32(x) / __dc_relaxed_cos_f32(x);
}

// Integer exponents keep the sign of a negative base.
float __dc_relaxed_pow_f32(float x, float y) {
  float z = __dc_relaxed_exp2_f32(y * __dc_relaxed_log2_f32(fabs(x)));
  float half_y = y * 0.5f;
  int odd = trunc(half_y) != half_y;
  z = x < 0.0f ? (trunc(y) == y ? (odd ? -z : z) : NAN) : z;
  return y == 0.0f ? 1.0f : z;
}

float __dc_native_exp_f32(float x) {
  return __dc_relaxed_exp_f32(x);
}

float __dc_native_exp2_f32(float x) {
  return __dc_relaxed_exp2_f32(x);
}

float __dc_native_exp10_f32(float x) {
  return __dc_relaxed_exp10_f32(x);
}

float __dc_native_log_f32(float x) {
  return __dc_relaxed_log_f32(x);
}

float __dc_native_log2_f32(float x) {
  return __dc_relaxed_log2_f32(x);
}

float __dc_native_log10_f32(float x) {
  return __dc_relaxed_log10_f32(x);
}

float __dc_native_sin_f32(float x) {
  return __dc_relaxed_sin_f32(x);
}

float __dc_native_cos_f32(float x) {
  return __dc_relaxed_cos_f32(x);
}

float __dc_native_tan_f32(float x) {
  return __dc_relaxed_tan_f32(x);
}

float __dc_native_powr_f32(float x, float y) {
  return __dc_relaxed_exp2_f32(y * __dc_relaxed_log2_f32(x));
}
