// SPDX-License-Identifier: MIT
// Conversions to float and double with a rounding mode other than to nearest, which is one operation.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// An integer cut to as many bits as the format holds converts exactly; a number away from zero is the next bit
// pattern.

float __dc_cut_f32_u32(uint m, int away) {
  uint rest = m & ((1u << max(8 - (int)clz(m), 0)) - 1u);
  float y = (float)(m - rest);
  return as_float(as_uint(y) + (rest != 0u && away ? 1u : 0u));
}

float __dc_cut_f32_u64(ulong m, int away) {
  ulong rest = m & ((1UL << max(40 - (int)clz(m), 0)) - 1UL);
  float y = (float)(m - rest);
  return as_float(as_uint(y) + (rest != 0UL && away ? 1u : 0u));
}

double __dc_cut_f64_u64(ulong m, int away) {
  ulong rest = m & ((1UL << max(11 - (int)clz(m), 0)) - 1UL);
  double y = (double)(m - rest);
  return as_double(as_ulong(y) + (rest != 0UL && away ? 1UL : 0UL));
}

float __dc_convert_f32_u32_rtz(uint x) {
  return __dc_cut_f32_u32(x, 0);
}

float __dc_convert_f32_u32_rtp(uint x) {
  return __dc_cut_f32_u32(x, 1);
}

float __dc_convert_f32_u32_rtn(uint x) {
  return __dc_cut_f32_u32(x, 0);
}

float __dc_convert_f32_i32_rtz(int x) {
  float y = __dc_cut_f32_u32(x < 0 ? 0u - (uint)x : (uint)x, 0);
  return x < 0 ? -y : y;
}

float __dc_convert_f32_i32_rtp(int x) {
  float y = __dc_cut_f32_u32(x < 0 ? 0u - (uint)x : (uint)x, x > 0);
  return x < 0 ? -y : y;
}

float __dc_convert_f32_i32_rtn(int x) {
  float y = __dc_cut_f32_u32(x < 0 ? 0u - (uint)x : (uint)x, x < 0);
  return x < 0 ? -y : y;
}

float __dc_convert_f32_u64_rtz(ulong x) {
  return __dc_cut_f32_u64(x, 0);
}

float __dc_convert_f32_u64_rtp(ulong x) {
  return __dc_cut_f32_u64(x, 1);
}

float __dc_convert_f32_u64_rtn(ulong x) {
  return __dc_cut_f32_u64(x, 0);
}

float __dc_convert_f32_i64_rtz(long x) {
  float y = __dc_cut_f32_u64(x < 0 ? 0UL - (ulong)x : (ulong)x, 0);
  return x < 0 ? -y : y;
}

float __dc_convert_f32_i64_rtp(long x) {
  float y = __dc_cut_f32_u64(x < 0 ? 0UL - (ulong)x : (ulong)x, x > 0);
  return x < 0 ? -y : y;
}

float __dc_convert_f32_i64_rtn(long x) {
  float y = __dc_cut_f32_u64(x < 0 ? 0UL - (ulong)x : (ulong)x, x < 0);
  return x < 0 ? -y : y;
}

double __dc_convert_f64_u64_rtz(ulong x) {
  return __dc_cut_f64_u64(x, 0);
}

double __dc_convert_f64_u64_rtp(ulong x) {
  return __dc_cut_f64_u64(x, 1);
}

double __dc_convert_f64_u64_rtn(ulong x) {
  return __dc_cut_f64_u64(x, 0);
}

double __dc_convert_f64_i64_rtz(long x) {
  double y = __dc_cut_f64_u64(x < 0 ? 0UL - (ulong)x : (ulong)x, 0);
  return x < 0 ? -y : y;
}

double __dc_convert_f64_i64_rtp(long x) {
  double y = __dc_cut_f64_u64(x < 0 ? 0UL - (ulong)x : (ulong)x, x > 0);
  return x < 0 ? -y : y;
}

double __dc_convert_f64_i64_rtn(long x) {
  double y = __dc_cut_f64_u64(x < 0 ? 0UL - (ulong)x : (ulong)x, x < 0);
  return x < 0 ? -y : y;
}

// From double, the nearest float is at most one step off.

float __dc_convert_f32_f64_rtz(double x) {
  float y = (float)x;
  return fabs((double)y) > fabs(x) ? as_float(as_uint(y) - 1u) : y;
}

float __dc_convert_f32_f64_rtp(double x) {
  float y = (float)x;
  return (double)y < x ? as_float(as_int(y) < 0 ? as_uint(y) - 1u : as_uint(y) + 1u) : y;
}

float __dc_convert_f32_f64_rtn(double x) {
  float y = (float)x;
  return (double)y > x ? as_float(as_int(y) < 0 ? as_uint(y) + 1u : as_uint(y) - 1u) : y;
}
