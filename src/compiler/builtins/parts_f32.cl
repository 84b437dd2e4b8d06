// SPDX-License-Identifier: MIT
// Functions that take numbers apart, put them together or choose between them. All are exact.
#pragma OPENCL FP_CONTRACT OFF

float __dc_fract_f32(float x, __private float* whole) {
  float n = floor(x);
  *whole = n;
  float f = fmin(x - n, 0x1.fffffep-1f);
  f = isnan(x) ? x : f;
  return fabs(x) == INFINITY ? copysign(0.0f, x) : (x == 0.0f ? x : f);
}

float __dc_modf_f32(float x, __private float* whole) {
  float n = trunc(x);
  *whole = n;
  return copysign(fabs(x) == INFINITY ? 0.0f : x - n, x);
}

float __dc_frexp_f32(float x, __private int* exponent) {
  float a = fabs(x);
  int small = a < 0x1p-126f;
  uint bits = as_uint(small ? x * 0x1p+24f : x);
  int ordinary = a > 0.0f && a < INFINITY;
  int e = (int)((bits >> 23) & 0xffu) - (small ? 150 : 126);
  *exponent = ordinary ? e : 0;
  return ordinary ? as_float((bits & 0x807fffffu) | 0x3f000000u) : x;
}

// The new exponent goes into its field; below the normal range by way of a number 2^32 too large, whose scaling
// rounds the one time that is needed.
float __dc_ldexp_f32(float x, int n) {
  float a = fabs(x);
  int small = a < 0x1p-126f;
  uint bits = as_uint(small ? x * 0x1p+24f : x);
  int e = (int)((bits >> 23) & 0xffu) - (small ? 24 : 0) + min(max(n, -1000), 1000);
  uint mantissa = bits & 0x807fffffu;
  float normal = as_float(mantissa | ((uint)e << 23));
  float tiny = as_float(mantissa | ((uint)(max(e, -31) + 32) << 23)) * 0x1p-32f;
  float y = e > 0 ? normal : tiny;
  y = e > 254 ? copysign(INFINITY, x) : y;
  return a > 0.0f && a < INFINITY ? y : x + x;
}

int __dc_ilogb_f32(float x) {
  uint bits = as_uint(x) & 0x7fffffffu;
  int e = bits < 0x00800000u ? 9 - (int)clz(bits) - 127 : (int)(bits >> 23) - 127;
  e = bits == 0u ? -2147483647 - 1 : e;
  e = bits == 0x7f800000u ? 2147483647 : e;
  return bits > 0x7f800000u ? 2147483647 : e;
}

float __dc_logb_f32(float x) {
  uint bits = as_uint(x) & 0x7fffffffu;
  int e = bits < 0x00800000u ? 9 - (int)clz(bits) - 127 : (int)(bits >> 23) - 127;
  float y = bits == 0u ? -INFINITY : (float)e;
  return bits >= 0x7f800000u ? x * x : y;
}

float __dc_nan_f32(uint code) {
  return as_float((code & 0x003fffffu) | 0x7fc00000u);
}

// Floats of one sign are ordered as their bits; zero is next to the smallest number of either sign.
float __dc_nextafter_f32(float x, float y) {
  int bits = as_int(x);
  int away = (x < y) == (bits >= 0);
  int next = bits + (away ? 1 : -1);
  next = x == 0.0f ? (as_int(y) & (-2147483647 - 1)) | 1 : next;
  float z = x == y ? y : as_float(next);
  return isnan(x) || isnan(y) ? x + y : z;
}

float __dc_round_f32(float x) {
  float n = trunc(x);
  float away = fabs(x - n) >= 0.5f ? 1.0f : 0.0f;
  return copysign(fabs(n) + away, x);
}

float __dc_fdim_f32(float x, float y) {
  return x <= y ? 0.0f : x - y;
}

float __dc_maxmag_f32(float x, float y) {
  float a = fabs(x);
  float b = fabs(y);
  return a > b ? x : (b > a ? y : fmax(x, y));
}

float __dc_minmag_f32(float x, float y) {
  float a = fabs(x);
  float b = fabs(y);
  return a < b ? x : (b < a ? y : fmin(x, y));
}
