// SPDX-License-Identifier: MIT
// Exact remainders. Each step takes off q * (y * 2^k) with q below 2^23: the difference is a multiple of the unit of
// y * 2^k and smaller than y * 2^k, hence representable, and the fma that makes it is exact. A quotient rounded up to
// the next integer leaves a negative difference, which one addition repairs.
#pragma OPENCL FP_CONTRACT OFF

// The exponent field, counting on below the smallest normal number.
int __dc_exponent_f32(float a) {
  uint bits = as_uint(a);
  return bits < 0x00800000u ? 9 - (int)clz(bits) : (int)(bits >> 23);
}

// a, b positive and finite: (a mod b, quotient modulo 2^24 as its bits).
float2 __dc_fmod_quotient_f32(float a, float b) {
  uint quotient = 0u;
  while (a >= b) {
    int k = __dc_exponent_f32(a) - __dc_exponent_f32(b) - 22;
    k = k > 0 ? k : 0;
    int first = k > 127 ? 127 : k;
    float scaled = b * as_float((uint)(127 + first) << 23) * as_float((uint)(127 + k - first) << 23);
    float q = trunc(a / scaled);
    float r = fma(-q, scaled, a);
    int negative = r < 0.0f;
    r = negative ? r + scaled : r;
    q = negative ? q - 1.0f : q;
    quotient += k < 24 ? (uint)q << (uint)k : 0u;
    a = r;
  }
  return (float2)(a, as_float(quotient & 0x00ffffffu));
}

float __dc_fmod_f32(float x, float y) {
  float a = fabs(x);
  float b = fabs(y);
  int defined = a < INFINITY && b > 0.0f;
  float r = __dc_fmod_quotient_f32(defined ? a : 0.0f, defined ? b : 1.0f).x;
  return defined ? copysign(r, x) : NAN;
}

float __dc_remquo_f32(float x, float y, __private int* quotient) {
  float a = fabs(x);
  float b = fabs(y);
  int defined = a < INFINITY && b > 0.0f;
  float2 step = __dc_fmod_quotient_f32(defined ? a : 0.0f, defined ? b : 1.0f);
  float r = step.x;
  uint q = as_uint(step.y);
  // r > b/2, or a tie and an odd quotient. b - r is exact where it is compared with r near a tie.
  float other = b - r;
  int up = r > other || (r == other && (q & 1u) != 0u);
  up = up && b < INFINITY;
  r = up ? -other : r;
  q = (q + (up ? 1u : 0u)) & 0x7fu;
  int negative = (as_int(x) ^ as_int(y)) < 0;
  *quotient = defined ? (negative ? -(int)q : (int)q) : 0;
  r = as_int(x) < 0 ? -r : r;
  return defined ? r : NAN;
}

float __dc_remainder_f32(float x, float y) {
  int quotient;
  return __dc_remquo_f32(x, y, &quotient);
}
