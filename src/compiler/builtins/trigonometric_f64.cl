// SPDX-License-Identifier: MIT
// Sine and cosine reduce to [-pi/2, pi/2], where one odd polynomial serves all lanes: x - n*pi in three steps with pi
// in three parts. The first step is exact: x and the first part are multiples of 2^-53 and the difference is below 2.
// From 2^30 on, pi is multiplied by as many bits as the argument needs. Polynomials: fit/trigonometric.py.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// The bits of 2/pi, after 64 zeros.
__constant ulong __dc_two_over_pi_f64[20] = {
    0x0000000000000000UL,
    0xa2f9836e4e441529UL, 0xfc2757d1f534ddc0UL, 0xdb6295993c439041UL, 0xfe5163abdebbc561UL,
    0xb7246e3a424dd2e0UL, 0x06492eea09d1921cUL, 0xfe1deb1cb129a73eUL, 0xe88235f52ebb4484UL,
    0xe99c7026b45f7e41UL, 0x3991d639835339f4UL, 0x9c845f8bbdf9283bUL, 0x1ff897ffde05980fUL,
    0xef2f118b5a0a6d1fUL, 0x6d367ecf27cb09b7UL, 0x4f463f669e5fea2dUL, 0x7527bac7ebe5f17bUL,
    0x3d0739f78a5292eaUL, 0x6bfb5fb11f8d5d08UL, 0x56033046fc7b6babUL};

// |x| >= 2^30 as q*pi/2 + r, |r| <= pi/4: gives (r, q mod 4 as its bits). x = m * 2^e; the bits of 2/pi whose product
// with 2^e is a multiple of 4 are left out, the next 192 are multiplied and make a fixed-point number with 126 bits
// after the point. Infinities give NaN.
double2 __dc_reduce_huge_f64(double x) {
  ulong bits = as_ulong(x) & 0x7fffffffffffffffUL;
  ulong m = (bits & 0x000fffffffffffffUL) | 0x0010000000000000UL;
  uint position = min((uint)(bits >> 52), 2046u) + (64u - 1075u - 2u);
  uint word = position >> 6;
  uint shift = position & 63u;
  uint back = 63u - shift;
  ulong w1 = __dc_two_over_pi_f64[word + 1];
  ulong w2 = __dc_two_over_pi_f64[word + 2];
  ulong v0 = (__dc_two_over_pi_f64[word] << shift) | ((w1 >> 1) >> back);
  ulong v1 = (w1 << shift) | ((w2 >> 1) >> back);
  ulong v2 = (w2 << shift) | ((__dc_two_over_pi_f64[word + 3] >> 1) >> back);
  ulong middle = m * v1;
  ulong low = middle + mul_hi(m, v2);
  ulong high = m * v0 + mul_hi(m, v1) + (low < middle ? 1UL : 0UL);
  ulong quadrant = (high + 0x2000000000000000UL) >> 62;
  long fraction = (long)(high - (quadrant << 62));
  double f = (double)fraction;
  f += (double)(fraction - (long)f) + (double)low * 0x1p-64;
  double r = f * (0x1.921fb54442d18p+0 * 0x1p-62);
  int negative = as_long(x) < 0L;
  r = negative ? -r : r;
  ulong q = negative ? 0UL - quadrant : quadrant;
  r = bits < 0x7ff0000000000000UL ? r : NAN;
  return (double2)(r, as_double(q & 3UL));
}

// sin(r) on |r| <= pi/2: r + r^3 P(r^2), P of degree 8, error 2^-61.9 relative; never beyond 1.
double __dc_sin_polynomial_f64(double r) {
  double s = r * r;
  double p = fma(-0x1.5099ba9c69b5ep-60, s, 0x1.8a000bc91b83bp-49);
  p = fma(p, s, -0x1.ae4bad8db540ep-41);
  p = fma(p, s, 0x1.6123e0ac8a66bp-33);
  p = fma(p, s, -0x1.ae64550a4c01fp-26);
  p = fma(p, s, 0x1.71de3a52f3b5dp-19);
  p = fma(p, s, -0x1.a01a01a0155a2p-13);
  p = fma(p, s, 0x1.11111111110cdp-7);
  p = fma(p, s, -0x1.5555555555555p-3);
  p = fma(p, s * r, r);
  p = p > 1.0 ? 1.0 : p;
  return p < -1.0 ? -1.0 : p;
}

// sin(r + q*pi/2) for |r| <= pi/4, on the interval of the polynomial above.
double __dc_sin_quadrant_f64(double r, ulong q) {
  double folded = (q & 1UL) != 0UL ? 0x1.921fb54442d18p+0 - fabs(r) : r;
  double y = __dc_sin_polynomial_f64(folded);
  return (q & 2UL) != 0UL ? -y : y;
}

double __dc_sin_f64(double x) {
  double a = fabs(x);
  double t = fma(a, 0x1.45f306dc9c883p-2, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.921fb54442d18p+1, a);
  r = fma(n, -0x1.1a62633145c07p-53, r);
  r = fma(n, 0x1.f1976b7ed8fbcp-109, r);
  double y = __dc_sin_polynomial_f64(r);
  y = as_double(as_ulong(y) ^ (as_ulong(t) << 63) ^ (as_ulong(x) & 0x8000000000000000UL));
  if (!(a < 0x1p+30)) {
    double2 huge = __dc_reduce_huge_f64(x);
    y = __dc_sin_quadrant_f64(huge.x, as_ulong(huge.y));
  }
  return y;
}

// cos(x) = -+sin(x - (n + 1/2)*pi).
double __dc_cos_f64(double x) {
  double a = fabs(x);
  double t = fma(a, 0x1.45f306dc9c883p-2, -0.5) + 0x1.8p+52;
  double n = (t - 0x1.8p+52) + 0.5;
  double r = fma(n, -0x1.921fb54442d18p+1, a);
  r = fma(n, -0x1.1a62633145c07p-53, r);
  r = fma(n, 0x1.f1976b7ed8fbcp-109, r);
  double y = __dc_sin_polynomial_f64(r);
  y = as_double(as_ulong(y) ^ (~as_ulong(t) << 63));
  if (!(a < 0x1p+30)) {
    double2 huge = __dc_reduce_huge_f64(x);
    y = __dc_sin_quadrant_f64(huge.x, as_ulong(huge.y) + 1UL);
  }
  return y;
}

// |x| < 2^30 as q*pi/2 + r: gives (r, q as its bits).
double2 __dc_reduce_f64(double x) {
  double t = fma(x, 0x1.45f306dc9c883p-1, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.921fb54442d18p+0, x);
  r = fma(n, -0x1.1a62633145c07p-54, r);
  r = fma(n, 0x1.f1976b7ed8fbcp-110, r);
  return (double2)(r, t);
}

double __dc_sincos_f64(double x, __private double* cosine) {
  double a = fabs(x);
  double2 reduced = __dc_reduce_f64(a);
  if (!(a < 0x1p+30)) reduced = __dc_reduce_huge_f64(a);
  double r = reduced.x;
  ulong q = as_ulong(reduced.y);
  double s = r * r;
  // On |r| <= pi/4: sine error 2^-57.9, cosine 2^-63.9.
  double p = fma(0x1.5d8b642bebe9ap-33, s, -0x1.ae5e4ba2fd7a7p-26);
  p = fma(p, s, 0x1.71de3555401acp-19);
  p = fma(p, s, -0x1.a01a019be92ap-13);
  p = fma(p, s, 0x1.111111110f73p-7);
  p = fma(p, s, -0x1.5555555555548p-3);
  double sine = fma(p, s * r, r);
  double c = fma(-0x1.8fa6638955adfp-37, s, 0x1.1ee9db955979p-29);
  c = fma(c, s, -0x1.27e4f7f147cd3p-22);
  c = fma(c, s, 0x1.a01a019c8ed49p-16);
  c = fma(c, s, -0x1.6c16c16c15013p-10);
  c = fma(c, s, 0x1.555555555554bp-5);
  c = fma(c, s * s, fma(s, -0.5, 1.0));
  double even = (q & 1UL) != 0UL ? c : sine;
  double odd = (q & 1UL) != 0UL ? sine : c;
  *cosine = as_double(as_ulong(odd) ^ (((q + 1UL) & 2UL) << 62));
  return as_double(as_ulong(even) ^ ((q & 2UL) << 62) ^ (as_ulong(x) & 0x8000000000000000UL));
}

// tan(r) on |r| <= pi/4: r + r^3 P(r^2), P of degree 13, error 2^-56.1; odd quadrants take -1/tan(r).
double __dc_tan_f64(double x) {
  double a = fabs(x);
  double2 reduced = __dc_reduce_f64(a);
  if (!(a < 0x1p+30)) reduced = __dc_reduce_huge_f64(a);
  double r = reduced.x;
  double s = r * r;
  double p = fma(0x1.5e1aafb30cf9ap-16, s, -0x1.78a095256c128p-15);
  p = fma(p, s, 0x1.775dfeaddb1dcp-14);
  p = fma(p, s, -0x1.bb84964cdb27fp-16);
  p = fma(p, s, 0x1.1e64d2baae03ap-13);
  p = fma(p, s, 0x1.d252d0bf4b92bp-13);
  p = fma(p, s, 0x1.37fd2b5604a12p-11);
  p = fma(p, s, 0x1.7d5b0a01606b1p-10);
  p = fma(p, s, 0x1.d6d93abd6cf15p-9);
  p = fma(p, s, 0x1.226e12270b33ap-7);
  p = fma(p, s, 0x1.664f49aa4eb2cp-6);
  p = fma(p, s, 0x1.ba1ba1b46107dp-5);
  p = fma(p, s, 0x1.11111111183c1p-3);
  p = fma(p, s, 0x1.55555555554f1p-2);
  double y = fma(p, s * r, r);
  int odd = (as_ulong(reduced.y) & 1UL) != 0UL;
  y = (odd ? -1.0 : y) / (odd ? y : 1.0);
  return as_double(as_ulong(y) ^ (as_ulong(x) & 0x8000000000000000UL));
}
