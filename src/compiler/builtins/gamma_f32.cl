// SPDX-License-Identifier: MIT
// Gamma functions. Polynomials: fit/gamma.py.
#pragma OPENCL FP_CONTRACT OFF

float2 __dc_log2_pair_f32(float x);
float __dc_exp2_pair_f32(float high, float low);
float __dc_log_f32(float x);
float __dc_sinpi_f32(float x);

// gamma(b) = b^(b-1/2) e^-b S(1/b) for b in [2, 37], S of degree 5, error 2^-28.2. Below 2, b = a+1 or a+2 and the
// result is divided by a or a(a+1). Negative arguments reflect: gamma(-a) = -pi / (a sin(pi a) gamma(a)), with the
// exponent moved by 64 where gamma(a) overflows and the result does not vanish yet.
float __dc_tgamma_f32(float x) {
  float a = fabs(x);
  int negative = x < 0.0f;
  float c = a < 48.0f ? a : 48.0f;
  float b = c < 1.0f ? c + 2.0f : (c < 2.0f ? c + 1.0f : c);
  float w = 1.0f / b;
  float s = fma(0x1.e8396ap-11f, w, 0x1.1f7d06p-13f);
  s = fma(s, w, -0x1.c4d37ap-8f);
  s = fma(s, w, 0x1.1de28ep-7f);
  s = fma(s, w, 0x1.abcbdep-3f);
  s = fma(s, w, 0x1.40d932p+1f);
  // (b - 1/2) log2(b) - b log2(e); b - 1/2 is exact.
  float2 l = __dc_log2_pair_f32(b);
  float m = b - 0.5f;
  float high = m * l.x;
  float low = fma(m, l.x, -high) + m * l.y;
  float k = b * 0x1.715476p+0f;
  float k_low = fma(b, 0x1.715476p+0f, -k) + b * 0x1.4ae0cp-26f;
  float sum = high - k;
  float rest = (sum - high) + k;
  low = low - k_low - rest;
  high = sum;
  float y;
  if (negative) {
    // 1 / (a sin(pi a)) without forming the product of two small numbers.
    float sine = __dc_sinpi_f32(a);
    float shift = c < 1.0f ? (c + 1.0f) : (c < 2.0f ? 1.0f : w);
    float offset = a > 30.0f ? 64.0f : 0.0f;
    float scale = a > 30.0f ? 0x1p-32f : 1.0f;
    float p = __dc_exp2_pair_f32(offset - high, -low);
    y = 0x1.921fb6p+1f * shift / s / sine;
    y = -(p * scale * y * scale);
    y = a == floor(a) ? NAN : y;
    y = a >= 48.0f && a != floor(a) ? copysign(0.0f, y) : y;
  } else {
    float shift = c < 1.0f ? c * (c + 1.0f) : (c < 2.0f ? c : 1.0f);
    y = s * __dc_exp2_pair_f32(high, low) / shift;
    y = a > 36.0f ? INFINITY : y;
  }
  y = x == 0.0f ? copysign(INFINITY, x) : y;
  y = x == -INFINITY ? NAN : y;
  return isnan(x) ? x : y;
}

// log(gamma(a)) for a > 0. From 3 on Stirling's series: (a-1/2)(log(a)-1) + S(1/a), S of degree 4, error 2^-24.8;
// below, polynomials about the zeros 1 and 2 and one step of the recurrence for the smallest.
float __dc_lgamma_positive_f32(float a) {
  float y;
  float l = __dc_log_f32(a);
  if (a >= 3.0f) {
    float w = 1.0f / a;
    float s = fma(0x1.6d50dep-11f, w, -0x1.8b30fep-9f);
    s = fma(s, w, 0x1.1e9a7ap-15f);
    s = fma(s, w, 0x1.555382p-4f);
    s = fma(s, w, 0x1.acfe3ap-2f);
    y = a < 0x1p+100f ? fma(a - 0.5f, l - 1.0f, s) : a * (l - 1.0f);
  } else {
    // lgamma(2+t) = t P(t) on [-1/2, 1], degree 9, error 2^-25.9.
    float b = a < 0.5f ? a + 2.0f : (a < 1.5f ? a + 1.0f : a);
    float t = a < 0.5f ? a : (a < 1.5f ? a - 1.0f : a - 2.0f);
    float p = fma(0x1.dc0ce8p-15f, t, -0x1.dfa33p-13f);
    p = fma(p, t, 0x1.16ba96p-11f);
    p = fma(p, t, -0x1.38b2dcp-10f);
    p = fma(p, t, 0x1.7a61dep-9f);
    p = fma(p, t, -0x1.e41b44p-8f);
    p = fma(p, t, 0x1.51336p-6f);
    p = fma(p, t, -0x1.13dfbap-4f);
    p = fma(p, t, 0x1.4a34ccp-2f);
    p = fma(p, t, 0x1.b0ee6p-2f);
    y = t * p;
    // lgamma(a) = lgamma(a+1) - log(a), twice below 1/2.
    float once = a < 0.5f ? __dc_log_f32(fma(a, a, a)) : l;
    y = a < 1.5f ? y - once : y;
    y = a < 0x1p-30f ? -l : y;
  }
  return y;
}

float __dc_lgamma_r_f32(float x, __private int* sign) {
  float a = fabs(x);
  float y = __dc_lgamma_positive_f32(a);
  int s = 1;
  if (x < 0.0f) {
    float sine = __dc_sinpi_f32(a);
    s = sine > 0.0f ? -1 : 1;
    // log(pi / (a |sin(pi a)|)) - lgamma(a).
    float reflected = __dc_log_f32(0x1.921fb6p+1f / (a * fabs(sine))) - y;
    y = a < 0x1p-30f ? -__dc_log_f32(a) : reflected;
    y = a == floor(a) ? INFINITY : y;
  }
  s = as_int(x) < 0 && x == 0.0f ? -1 : s;
  *sign = s;
  y = a == INFINITY || a == 0.0f ? INFINITY : y;
  return isnan(x) ? x : y;
}

float __dc_lgamma_f32(float x) {
  int sign;
  return __dc_lgamma_r_f32(x, &sign);
}
