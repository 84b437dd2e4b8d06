// SPDX-License-Identifier: MIT
// Powers: 2^(y * log2(x)) with the logarithm and the product as unevaluated sums of two doubles (.x + .y). log2(m) =
// 2/log(2) * s + s^3 Q(s^2), s = (m-1)/(m+1); Q: fit/logarithm.py, its first coefficient as two doubles, then degree
// 8, error 2^-74.7 absolute.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double __dc_exp2_polynomial_f64(double r);

// log2 of a positive finite x.
double2 __dc_log2_pair_f64(double x) {
  int small = x < 0x1p-1022;
  x = small ? x * 0x1p+54 : x;
  ulong u = as_ulong(x) - 0x3fe6a09e667f3bcdUL;
  double e = (double)(int)((long)u >> 52) - (small ? 54.0 : 0.0);
  double m = as_double((u & 0x000fffffffffffffUL) + 0x3fe6a09e667f3bcdUL);
  double f = m - 1.0;
  double g = m + 1.0;
  double g_low = m - (g - 1.0);
  double reciprocal = 1.0 / g;
  double s = f * reciprocal;
  // f - s*(g + g_low), exactly but for the last rounding, over g: what s lacks.
  double s_low = fma(-s, g_low, fma(-s, g, f)) * reciprocal;
  double z = s * s;
  double z_low = fma(s, s, -z) + 2.0 * s * s_low;
  double q = fma(0x1.11adc263c392cp-3, z, 0x1.3b56cf674a1f4p-3);
  q = fma(q, z, 0x1.5b4728e202cb4p-3);
  q = fma(q, z, 0x1.89f6bb519adc8p-3);
  q = fma(q, z, 0x1.c68f46785293ap-3);
  q = fma(q, z, 0x1.0c9a84b25fc6p-2);
  q = fma(q, z, 0x1.484b13d79319bp-2);
  q = fma(q, z, 0x1.a61762a7ae177p-2);
  q = fma(q, z, 0x1.2776c50ef9bfep-1);
  q = fma(q, z, 0x1.d2841061cea16p-55);
  double factor = 0x1.ec709dc3a03fdp-1 + q;
  double factor_low = (0x1.ec709dc3a03fdp-1 - factor) + q;
  double cube = z * s;
  double cube_low = fma(z, s, -cube) + fma(z, s_low, z_low * s);
  double third = cube * factor;
  double third_low = fma(cube, factor, -third) + fma(cube, factor_low, cube_low * factor);
  double head = s * 0x1.71547652b82fep+1;
  double tail = fma(s, 0x1.71547652b82fep+1, -head);
  tail = fma(s, 0x1.777d0ffda0d24p-55, tail);
  tail = fma(s_low, 0x1.71547652b82fep+1, tail);
  // |head| > |third|, and |e| >= 1 > |head + third| or e == 0: the sums' errors are exact in this order.
  double mantissa = head + third;
  double mantissa_low = ((head - mantissa) + third) + (tail + third_low);
  double sum = e + mantissa;
  double low = ((e - sum) + mantissa) + mantissa_low;
  double high = sum + low;
  return (double2)(high, (sum - high) + low);
}

// 2^(high + low).
double __dc_exp2_pair_f64(double high, double low) {
  low = fabs(high) < 1200.0 ? low : 0.0;
  high = high < 1200.0 ? high : 1200.0;
  high = high > -1200.0 ? high : -1200.0;
  double t = high + 0x1.8p+52;
  double r = (high - (t - 0x1.8p+52)) + low;
  double p = __dc_exp2_polynomial_f64(r);
  int n = (int)(as_long(t) - 0x4338000000000000L);
  int half_n = n >> 1;
  return p * as_double((ulong)(uint)(half_n + 1023) << 52) * as_double((ulong)(uint)(n - half_n + 1023) << 52);
}

// x^(y + y_low) for a positive finite x.
double __dc_pow_positive_f64(double x, double y, double y_low) {
  double2 l = __dc_log2_pair_f64(x);
  double high = y * l.x;
  double low = fma(y, l.x, -high) + fma(y, l.y, y_low * l.x);
  return __dc_exp2_pair_f64(high, low);
}

double __dc_pow_f64(double x, double y) {
  double a = fabs(x);
  double z = __dc_pow_positive_f64(a, y, 0.0);
  if (!(x > 0.0 && x < INFINITY && fabs(y) < 0x1p+64)) {
    double b = fabs(y);
    int whole = b >= 0x1p+53 || trunc(b) == b;
    int odd = b < 0x1p+53 && whole && trunc(b * 0.5) != b * 0.5;
    z = a > 0.0 && a < INFINITY ? z : ((y > 0.0) == (a > 1.0) ? INFINITY : 0.0);
    z = b < 0x1p+64 ? z : (a == 1.0 ? 1.0 : ((y > 0.0) == (a > 1.0) ? INFINITY : 0.0));
    z = odd ? copysign(z, x) : z;
    z = x < 0.0 && a < INFINITY && !whole ? NAN : z;
    z = isnan(x) || isnan(y) ? x + y : z;
    z = y == 0.0 || x == 1.0 ? 1.0 : z;
  }
  return z;
}

double __dc_powr_f64(double x, double y) {
  double z = __dc_pow_positive_f64(x, y, 0.0);
  if (!(x > 0.0 && x < INFINITY && fabs(y) < 0x1p+64)) {
    int edge = x == 0.0 || x == INFINITY;
    double limit = (y > 0.0) == (x > 1.0) ? INFINITY : 0.0;
    z = edge || fabs(y) >= 0x1p+64 ? limit : z;
    z = edge && y == 0.0 ? NAN : z;
    z = x == 1.0 ? (fabs(y) < INFINITY ? 1.0 : NAN) : z;
    z = x < 0.0 || isnan(x) || isnan(y) ? NAN : z;
  }
  return z;
}

double __dc_pown_f64(double x, int n) {
  double a = fabs(x);
  double z = __dc_pow_positive_f64(a, (double)n, 0.0);
  if (!(a > 0.0 && a < INFINITY)) {
    z = (n > 0) == (a > 1.0) ? INFINITY : 0.0;
    z = isnan(x) ? x : z;
    z = n == 0 ? 1.0 : z;
  }
  return (n & 1) != 0 ? copysign(z, x) : z;
}

// x^(1/n) with 1/n as a sum of two doubles.
double __dc_rootn_f64(double x, int n) {
  double a = fabs(x);
  double inverse = 1.0 / (double)n;
  double inverse_low = fma(-inverse, (double)n, 1.0) * inverse;
  double z = __dc_pow_positive_f64(a, inverse, inverse_low);
  int odd = (n & 1) != 0;
  if (!(x > 0.0 && x < INFINITY && n != 0)) {
    z = a > 0.0 && a < INFINITY ? z : ((n > 0) == (a > 1.0) ? INFINITY : 0.0);
    z = odd ? copysign(z, x) : z;
    z = isnan(x) || n == 0 || (x < 0.0 && !odd) ? NAN : z;
  }
  return z;
}
