// SPDX-License-Identifier: MIT
// Exponentials. x = n*log(2) + r with n the nearest integer, found by adding 1.5*2^52, which leaves n in the low bits
// of the sum; 2^n is then an addition to the exponent field. Polynomials: fit/exponential.py.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// p * 2^n for p in [0.5, 2), t = n + 1.5*2^52 and n so small that the result is subnormal or zero.
double __dc_scale_tiny_f64(double p, double t) {
  return as_double(as_ulong(p) + (as_ulong(t) << 52) + (128UL << 52)) * 0x1p-128;
}

// (e^r - 1 - r) / r^2 on |r| <= 0.3501; with it e^r has degree 11 and error 2^-57.7.
double __dc_exp_tail_f64(double r) {
  double p = fma(0x1.ad98cd26b647ep-26, r, 0x1.28b14e1db5fep-22);
  p = fma(p, r, 0x1.71df1700b0008p-19);
  p = fma(p, r, 0x1.a01995f5a2a09p-16);
  p = fma(p, r, 0x1.a01a0130f2a1cp-13);
  p = fma(p, r, 0x1.6c16c185a8f42p-10);
  p = fma(p, r, 0x1.11111111262b5p-7);
  p = fma(p, r, 0x1.555555555016dp-5);
  p = fma(p, r, 0x1.5555555555504p-3);
  p = fma(p, r, 0x1.000000000000bp-1);
  return p;
}

double __dc_exp_polynomial_f64(double r) {
  double p = fma(__dc_exp_tail_f64(r), r, 1.0);
  return fma(p, r, 1.0);
}

// 2^r on |r| <= 0.5, degree 11, error 2^-57.8.
double __dc_exp2_polynomial_f64(double r) {
  double p = fma(0x1.e80e3946682bp-32, r, 0x1.e611a201f8c8p-28);
  p = fma(p, r, 0x1.b5260e0eb3db5p-24);
  p = fma(p, r, 0x1.62bfcddd2b8d5p-20);
  p = fma(p, r, 0x1.ffcbfbf898787p-17);
  p = fma(p, r, 0x1.4309130c01c08p-13);
  p = fma(p, r, 0x1.5d87fe78b3c05p-10);
  p = fma(p, r, 0x1.3b2ab6fba11f2p-7);
  p = fma(p, r, 0x1.c6b08d704a0d4p-5);
  p = fma(p, r, 0x1.ebfbdff82c59cp-3);
  p = fma(p, r, 0x1.62e42fefa39efp-1);
  p = fma(p, r, 0x1p+0);
  return p;
}

// Below -708 the result may be subnormal. A NaN fails every comparison but the one that is written so that it passes
// through the multiplication.
double __dc_exp_f64(double x) {
  double t = fma(x, 0x1.71547652b82fep+0, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.62e42fefa39efp-1, x);
  r = fma(n, -0x1.abc9e3b39803fp-56, r);
  double p = __dc_exp_polynomial_f64(r);
  double y = as_double(as_ulong(p) + (as_ulong(t) << 52));
  y = x <= 0x1.62e42fefa39efp+9 ? y : x * INFINITY;
  if (x < -708.0) y = x < -746.0 ? 0.0 : __dc_scale_tiny_f64(p, t);
  return y;
}

double __dc_exp2_f64(double x) {
  double t = x + 0x1.8p+52;
  double r = x - (t - 0x1.8p+52);
  double p = __dc_exp2_polynomial_f64(r);
  double y = as_double(as_ulong(p) + (as_ulong(t) << 52));
  y = x < 1024.0 ? y : x * INFINITY;
  if (x < -1021.0) y = x < -1076.0 ? 0.0 : __dc_scale_tiny_f64(p, t);
  return y;
}

// 10^r on |r| <= 0.1506, degree 11, error 2^-57.7.
double __dc_exp10_f64(double x) {
  double t = fma(x, 0x1.a934f0979a371p+1, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.34413509f79ffp-2, x);
  r = fma(n, 0x1.9dc1da994fd21p-59, r);
  double p = fma(0x1.f85dd054d0bbbp-13, r, 0x1.2f6c0c8fac19ep-10);
  p = fma(p, r, 0x1.4899622ba8ef3p-8);
  p = fma(p, r, 0x1.4116664a446d6p-6);
  p = fma(p, r, 0x1.16e4df1a58e92p-4);
  p = fma(p, r, 0x1.a7ed709c9ceb5p-3);
  p = fma(p, r, 0x1.1429ffd210efdp-1);
  p = fma(p, r, 0x1.2bd7609fd6658p+0);
  p = fma(p, r, 0x1.0470591de2b7bp+1);
  p = fma(p, r, 0x1.53524c73cea6fp+1);
  p = fma(p, r, 0x1.26bb1bbb55516p+1);
  p = fma(p, r, 0x1p+0);
  double y = as_double(as_ulong(p) + (as_ulong(t) << 52));
  y = x <= 0x1.34413509f79fep+8 ? y : x * INFINITY;
  if (x < -307.0) y = x < -324.0 ? 0.0 : __dc_scale_tiny_f64(p, t);
  return y;
}

// 2^n * (e^r - 1) + (2^n - 1), with 2^(n-1) in place of 2^n so that n = 1024 is no special case.
double __dc_expm1_f64(double x) {
  double c = x < -40.0 ? -40.0 : x;
  double t = fma(c, 0x1.71547652b82fep+0, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.62e42fefa39efp-1, c);
  r = fma(n, -0x1.abc9e3b39803fp-56, r);
  double q = fma(__dc_exp_tail_f64(r) * r, r, r);
  double half_scale = as_double((as_ulong(t) << 52) + 0x3fe0000000000000UL);
  double y = 2.0 * fma(half_scale, q, half_scale - 0.5);
  y = x <= 0x1.62e42fefa39efp+9 ? y : x * INFINITY;
  return fabs(x) < 0x1p-53 ? x : y;
}
