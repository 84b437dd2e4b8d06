// SPDX-License-Identifier: MIT
// Sine and cosine reduce to [-pi/2, pi/2], where one odd polynomial serves all lanes: x - n*pi in three steps with pi
// in three parts. The first step is exact: x and the first part are multiples of 2^-24 and the difference is below 2.
// From 2^17 on, pi is multiplied by as many bits as the argument needs. Polynomials: fit/trigonometric.py.
#pragma OPENCL FP_CONTRACT OFF

// The bits of 2/pi, after 32 zeros.
__constant uint __dc_two_over_pi_f32[9] = {0x00000000u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u,
                                           0xdb629599u, 0x3c439041u, 0xfe5163abu, 0xdebbc561u};

// |x| >= 2^17 as q*pi/2 + r, |r| <= pi/4: gives (r, q mod 4 as its bits). x = m * 2^e; the bits of 2/pi whose product
// with 2^e is a multiple of 4 are left out, the next 96 are multiplied exactly and make a fixed-point number with 62
// bits after the point. Infinities give NaN.
float2 __dc_reduce_huge_f32(float x) {
  uint bits = as_uint(x) & 0x7fffffffu;
  ulong m = (bits & 0x007fffffu) | 0x00800000u;
  uint position = min(bits >> 23, 254u) + (32u - 150u - 2u);
  uint word = position >> 5;
  uint shift = position & 31u;
  ulong w0 = __dc_two_over_pi_f32[word];
  ulong w1 = __dc_two_over_pi_f32[word + 1];
  ulong w2 = __dc_two_over_pi_f32[word + 2];
  ulong w3 = __dc_two_over_pi_f32[word + 3];
  ulong high = (((w0 << 32) | w1) << shift) | (w2 >> (32u - shift));
  ulong low = (((w2 << 32) | w3) << shift) >> 32;
  ulong product = m * high + ((m * low) >> 32);
  ulong quadrant = (product + 0x2000000000000000UL) >> 62;
  long fraction = (long)(product - (quadrant << 62));
  float r = (float)fraction * (0x1.921fb6p+0f * 0x1p-62f);
  int negative = as_int(x) < 0;
  r = negative ? -r : r;
  uint q = negative ? 0u - (uint)quadrant : (uint)quadrant;
  r = bits < 0x7f800000u ? r : NAN;
  return (float2)(r, as_float(q & 3u));
}

// sin(r) on |r| <= pi/2: r + r^3 P(r^2), P of degree 3, error 2^-27.3 relative; never beyond 1.
float __dc_sin_polynomial_f32(float r) {
  float s = r * r;
  float p = fma(0x1.5dc908p-19f, s, -0x1.9f70fp-13f);
  p = fma(p, s, 0x1.110edap-7f);
  p = fma(p, s, -0x1.55554cp-3f);
  p = fma(p, s * r, r);
  p = p > 1.0f ? 1.0f : p;
  return p < -1.0f ? -1.0f : p;
}

// sin(r + q*pi/2) for |r| <= pi/4, on the interval of the polynomial above.
float __dc_sin_quadrant_f32(float r, uint q) {
  float folded = (q & 1u) != 0u ? 0x1.921fb6p+0f - fabs(r) : r;
  float y = __dc_sin_polynomial_f32(folded);
  return (q & 2u) != 0u ? -y : y;
}

float __dc_sin_f32(float x) {
  float a = fabs(x);
  float t = fma(a, 0x1.45f306p-2f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.921fb6p+1f, a);
  r = fma(n, 0x1.777a5cp-24f, r);
  r = fma(n, 0x1.ee59dap-49f, r);
  float y = __dc_sin_polynomial_f32(r);
  y = as_float(as_uint(y) ^ (as_uint(t) << 31) ^ (as_uint(x) & 0x80000000u));
  if (!(a < 0x1p+17f)) {
    float2 huge = __dc_reduce_huge_f32(x);
    y = __dc_sin_quadrant_f32(huge.x, as_uint(huge.y));
  }
  return y;
}

// cos(x) = -+sin(x - (n + 1/2)*pi).
float __dc_cos_f32(float x) {
  float a = fabs(x);
  float t = fma(a, 0x1.45f306p-2f, -0.5f) + 0x1.8p+23f;
  float n = (t - 0x1.8p+23f) + 0.5f;
  float r = fma(n, -0x1.921fb6p+1f, a);
  r = fma(n, 0x1.777a5cp-24f, r);
  r = fma(n, 0x1.ee59dap-49f, r);
  float y = __dc_sin_polynomial_f32(r);
  y = as_float(as_uint(y) ^ (~as_uint(t) << 31));
  if (!(a < 0x1p+17f)) {
    float2 huge = __dc_reduce_huge_f32(x);
    y = __dc_sin_quadrant_f32(huge.x, as_uint(huge.y) + 1u);
  }
  return y;
}

// |x| < 2^17 as q*pi/2 + r: gives (r, q as its bits).
float2 __dc_reduce_f32(float x) {
  float t = fma(x, 0x1.45f306p-1f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.921fb6p+0f, x);
  r = fma(n, 0x1.777a5cp-25f, r);
  r = fma(n, 0x1.ee59dap-50f, r);
  return (float2)(r, t);
}

float __dc_sincos_f32(float x, __private float* cosine) {
  float a = fabs(x);
  float2 reduced = __dc_reduce_f32(a);
  if (!(a < 0x1p+17f)) reduced = __dc_reduce_huge_f32(a);
  float r = reduced.x;
  uint q = as_uint(reduced.y);
  float s = r * r;
  // On |r| <= pi/4: sine error 2^-27.9, cosine 2^-33.
  float p = fma(-0x1.9954p-13f, s, 0x1.110778p-7f);
  p = fma(p, s, -0x1.555546p-3f);
  float sine = fma(p, s * r, r);
  float c = fma(0x1.99e832p-16f, s, -0x1.6c0c28p-10f);
  c = fma(c, s, 0x1.55554ap-5f);
  c = fma(c, s * s, fma(s, -0.5f, 1.0f));
  float even = (q & 1u) != 0u ? c : sine;
  float odd = (q & 1u) != 0u ? sine : c;
  *cosine = as_float(as_uint(odd) ^ (((q + 1u) & 2u) << 30));
  return as_float(as_uint(even) ^ ((q & 2u) << 30) ^ (as_uint(x) & 0x80000000u));
}

// tan(r) on |r| <= pi/4: r + r^3 P(r^2), P of degree 6, error 2^-29.6; odd quadrants take -1/tan(r).
float __dc_tan_f32(float x) {
  float a = fabs(x);
  float2 reduced = __dc_reduce_f32(a);
  if (!(a < 0x1p+17f)) reduced = __dc_reduce_huge_f32(a);
  float r = reduced.x;
  float s = r * r;
  float p = fma(0x1.1e89cep-8f, s, 0x1.9fac74p-14f);
  p = fma(p, s, 0x1.62c67p-7f);
  p = fma(p, s, 0x1.5cc17cp-6f);
  p = fma(p, s, 0x1.bad9bap-5f);
  p = fma(p, s, 0x1.110d9ep-3f);
  p = fma(p, s, 0x1.55556p-2f);
  float y = fma(p, s * r, r);
  int odd = (as_uint(reduced.y) & 1u) != 0u;
  y = (odd ? -1.0f : y) / (odd ? y : 1.0f);
  return as_float(as_uint(y) ^ (as_uint(x) & 0x80000000u));
}
