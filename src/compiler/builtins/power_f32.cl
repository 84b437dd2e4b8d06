// SPDX-License-Identifier: MIT
// Powers: 2^(y * log2(x)) with the logarithm and the product as unevaluated sums of two floats (.x + .y).
// log2(m) = 2/log(2) * (s + s^3 Q(s^2)), s = (m-1)/(m+1); Q: fit/logarithm.py, degree 3, error 2^-34.9 absolute.
#pragma OPENCL FP_CONTRACT OFF

float __dc_exp2_polynomial_f32(float r);

// log2 of a positive finite x.
float2 __dc_log2_pair_f32(float x) {
  int small = x < 0x1p-126f;
  x = small ? x * 0x1p+23f : x;
  uint u = as_uint(x) - 0x3f3504f3u;
  float e = (float)((int)u >> 23) - (small ? 23.0f : 0.0f);
  float m = as_float((u & 0x007fffffu) + 0x3f3504f3u);
  float f = m - 1.0f;
  float g = m + 1.0f;
  float g_low = m - (g - 1.0f);
  float reciprocal = 1.0f / g;
  float s = f * reciprocal;
  // f - s*(g + g_low), exactly but for the last rounding, over g: what s lacks.
  float s_low = fma(-s, g_low, fma(-s, g, f)) * reciprocal;
  float z = s * s;
  float q = fma(0x1.58b41ep-2f, z, 0x1.a5cebep-2f);
  q = fma(q, z, 0x1.2776e2p-1f);
  q = fma(q, z, 0x1.ec709ep-1f);
  float head = s * 0x1.715476p+1f;
  float tail = fma(s, 0x1.715476p+1f, -head);
  tail = fma(s, 0x1.4ae0cp-25f, tail);
  tail = fma(s_low, 0x1.715476p+1f, tail);
  tail = fma(q, z * s, tail);
  // |e| >= 1 > |head| or e == 0: the sum's error is exact in this order.
  float sum = e + head;
  float error = (e - sum) + head;
  tail += error;
  float high = sum + tail;
  return (float2)(high, (sum - high) + tail);
}

// 2^(high + low).
float __dc_exp2_pair_f32(float high, float low) {
  low = fabs(high) < 192.0f ? low : 0.0f;
  high = high < 192.0f ? high : 192.0f;
  high = high > -192.0f ? high : -192.0f;
  float t = high + 0x1.8p+23f;
  float r = (high - (t - 0x1.8p+23f)) + low;
  float p = __dc_exp2_polynomial_f32(r);
  int n = as_int(t) - 0x4b400000;
  int half_n = n >> 1;
  return p * as_float((half_n + 127) << 23) * as_float((n - half_n + 127) << 23);
}

// x^(y + y_low) for a positive finite x.
float __dc_pow_positive_f32(float x, float y, float y_low) {
  float2 l = __dc_log2_pair_f32(x);
  float high = y * l.x;
  float low = fma(y, l.x, -high) + fma(y, l.y, y_low * l.x);
  return __dc_exp2_pair_f32(high, low);
}

float __dc_pow_f32(float x, float y) {
  float a = fabs(x);
  float z = __dc_pow_positive_f32(a, y, 0.0f);
  if (!(x > 0.0f && x < INFINITY && fabs(y) < 0x1p+64f)) {
    float b = fabs(y);
    int whole = b >= 0x1p+24f || trunc(b) == b;
    int odd = b < 0x1p+24f && whole && trunc(b * 0.5f) != b * 0.5f;
    z = a > 0.0f && a < INFINITY ? z : ((y > 0.0f) == (a > 1.0f) ? INFINITY : 0.0f);
    z = b < 0x1p+64f ? z : (a == 1.0f ? 1.0f : ((y > 0.0f) == (a > 1.0f) ? INFINITY : 0.0f));
    z = odd ? copysign(z, x) : z;
    z = x < 0.0f && a < INFINITY && !whole ? NAN : z;
    z = isnan(x) || isnan(y) ? x + y : z;
    z = y == 0.0f || x == 1.0f ? 1.0f : z;
  }
  return z;
}

float __dc_powr_f32(float x, float y) {
  float z = __dc_pow_positive_f32(x, y, 0.0f);
  if (!(x > 0.0f && x < INFINITY && fabs(y) < 0x1p+64f)) {
    int edge = x == 0.0f || x == INFINITY;
    float limit = (y > 0.0f) == (x > 1.0f) ? INFINITY : 0.0f;
    z = edge || fabs(y) >= 0x1p+64f ? limit : z;
    z = edge && y == 0.0f ? NAN : z;
    z = x == 1.0f ? (fabs(y) < INFINITY ? 1.0f : NAN) : z;
    z = x < 0.0f || isnan(x) || isnan(y) ? NAN : z;
  }
  return z;
}

float __dc_pown_f32(float x, int n) {
  float a = fabs(x);
  float y = (float)(n & ~0xff);
  float rest = (float)(n & 0xff);
  float head = y + rest;
  float z = __dc_pow_positive_f32(a, head, (y - head) + rest);
  if (!(a > 0.0f && a < INFINITY)) {
    z = (n > 0) == (a > 1.0f) ? INFINITY : 0.0f;
    z = isnan(x) ? x : z;
    z = n == 0 ? 1.0f : z;
  }
  return (n & 1) != 0 ? copysign(z, x) : z;
}

// x^(1/n) with 1/n as a sum of two floats.
float __dc_rootn_f32(float x, int n) {
  float a = fabs(x);
  float y = (float)(n & ~0xff);
  float rest = (float)(n & 0xff);
  float head = y + rest;
  float head_low = (y - head) + rest;
  float inverse = 1.0f / head;
  float inverse_low = fma(-inverse, head_low, fma(-inverse, head, 1.0f)) * inverse;
  float z = __dc_pow_positive_f32(a, inverse, inverse_low);
  int odd = (n & 1) != 0;
  if (!(x > 0.0f && x < INFINITY && n != 0)) {
    z = a > 0.0f && a < INFINITY ? z : ((n > 0) == (a > 1.0f) ? INFINITY : 0.0f);
    z = odd ? copysign(z, x) : z;
    z = isnan(x) || n == 0 || (x < 0.0f && !odd) ? NAN : z;
  }
  return z;
}
