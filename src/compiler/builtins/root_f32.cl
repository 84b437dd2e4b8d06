// SPDX-License-Identifier: MIT
// Roots other than the square root, which is one operation.
#pragma OPENCL FP_CONTRACT OFF

float __dc_rsqrt_f32(float x) {
  return 1.0f / sqrt(x);
}

// a^(-1/3) from the exponent field divided by three, two steps of third order without a division (y' = y + y/3 * (h +
// 2/3 h^2), h = 1 - a*y^3), then one step on the cube root itself with the cube's rounding taken into account.
float __dc_cbrt_f32(float x) {
  float a = fabs(x);
  int small = a < 0x1p-126f;
  float m = small ? a * 0x1p+24f : a;
  float y = as_float(0x54a1f300u - mul_hi(as_uint(m), 0x55555556u));
  float third = 0x1.555556p-2f;
  for (int i = 0; i < 2; ++i) {
    float h = fma(-m * y, y * y, 1.0f);
    y = fma(y * third, fma(h * 0x1.555556p-1f, h, h), y);
  }
  float c = m * y * y;
  float square = c * c;
  float square_low = fma(c, c, -square);
  float residual = fma(square_low, c, fma(square, c, -m));
  c = fma(-residual * third, y * y, c);
  c = small ? c * 0x1p-8f : c;
  c = a > 0.0f && a < INFINITY ? c : x + x;
  return copysign(c, x);
}

// The larger side is brought near 1 where its square could overflow or vanish.
float __dc_hypot_f32(float x, float y) {
  float a = fmax(fabs(x), fabs(y));
  float b = fmin(fabs(x), fabs(y));
  float up = a < 0x1p-40f ? 0x1p+80f : (a > 0x1p+60f ? 0x1p-80f : 1.0f);
  float down = a < 0x1p-40f ? 0x1p-80f : (a > 0x1p+60f ? 0x1p+80f : 1.0f);
  float h = a * up;
  float v = b * up;
  float z = sqrt(fma(h, h, v * v)) * down;
  z = isnan(x) || isnan(y) ? x + y : z;
  return a == INFINITY ? INFINITY : z;
}
