// SPDX-License-Identifier: MIT
// Roots other than the square root, which is one operation.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double __dc_rsqrt_f64(double x) {
  return 1.0 / sqrt(x);
}

// a^(-1/3) from the upper half of the bits divided by three, three steps of third order without a division (y' = y +
// y/3 * (h + 2/3 h^2), h = 1 - a*y^3), then one step on the cube root itself with the cube's rounding taken into
// account.
double __dc_cbrt_f64(double x) {
  double a = fabs(x);
  int small = a < 0x1p-1022;
  double m = small ? a * 0x1p+54 : a;
  uint upper = (uint)(as_ulong(m) >> 32);
  double y = as_double((ulong)(0x553ee900u - mul_hi(upper, 0x55555556u)) << 32);
  double third = 0x1.5555555555555p-2;
  for (int i = 0; i < 3; ++i) {
    double h = fma(-m * y, y * y, 1.0);
    y = fma(y * third, fma(h * 0x1.5555555555555p-1, h, h), y);
  }
  double c = m * y * y;
  double square = c * c;
  double square_low = fma(c, c, -square);
  double residual = fma(square_low, c, fma(square, c, -m));
  c = fma(-residual * third, y * y, c);
  c = small ? c * 0x1p-18 : c;
  c = a > 0.0 && a < INFINITY ? c : x + x;
  return copysign(c, x);
}

// The larger side is brought near 1 where its square could overflow or vanish.
double __dc_hypot_f64(double x, double y) {
  double a = fmax(fabs(x), fabs(y));
  double b = fmin(fabs(x), fabs(y));
  double up = a < 0x1p-400 ? 0x1p+700 : (a > 0x1p+500 ? 0x1p-600 : 1.0);
  double down = a < 0x1p-400 ? 0x1p-700 : (a > 0x1p+500 ? 0x1p+600 : 1.0);
  double h = a * up;
  double v = b * up;
  double z = sqrt(fma(h, h, v * v)) * down;
  z = isnan(x) || isnan(y) ? x + y : z;
  return a == INFINITY ? (double)INFINITY : z;
}
