// SPDX-License-Identifier: MIT
// Hyperbolic functions and their inverses. Polynomials: fit/exponential.py.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double __dc_exp_polynomial_f64(double r);
double __dc_log1p_f64(double x);

// e^a / 2 for a >= 0; infinite where twice it is above twice the largest double.
double __dc_half_exponential_f64(double a) {
  double c = a < 711.0 ? a : 711.0;
  double t = fma(c, 0x1.71547652b82fep+0, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.62e42fefa39efp-1, c);
  r = fma(n, -0x1.abc9e3b39803fp-56, r);
  double p = __dc_exp_polynomial_f64(r);
  return p * as_double((as_ulong(t) << 52) + (1021UL << 52)) * 2.0;
}

// Below 1: x + x^3 P(x^2), P of degree 6, error 2^-61.8.
double __dc_sinh_f64(double x) {
  double a = fabs(x);
  double z = a * a;
  double p = fma(0x1.b5c8a118cb9f1p-41, z, 0x1.6116f4888540ap-33);
  p = fma(p, z, 0x1.ae646ff5346bep-26);
  p = fma(p, z, 0x1.71de3a3b069f9p-19);
  p = fma(p, z, 0x1.a01a01a03726ap-13);
  p = fma(p, z, 0x1.111111111101ep-7);
  p = fma(p, z, 0x1.5555555555556p-3);
  double small = fma(p, z * a, a);
  double e = __dc_half_exponential_f64(a);
  double y = a < 1.0 ? small : e - 0.25 / e;
  return isnan(x) ? x : copysign(y, x);
}

double __dc_cosh_f64(double x) {
  double a = fabs(x);
  double e = __dc_half_exponential_f64(a);
  return isnan(x) ? x : e + 0.25 / e;
}

// Below 0.625: x + x^3 P(x^2), P of degree 11, error 2^-61.2; above: 1 - 2 / (e^2x + 1).
double __dc_tanh_f64(double x) {
  double a = fabs(x);
  double z = a * a;
  double p = fma(0x1.960acaf8e5fe8p-18, z, -0x1.fac8b1a78712bp-16);
  p = fma(p, z, 0x1.801c554372f75p-14);
  p = fma(p, z, -0x1.f1138937e04ep-13);
  p = fma(p, z, 0x1.350b8d069a3b4p-11);
  p = fma(p, z, -0x1.7d9c33b7d648p-10);
  p = fma(p, z, 0x1.d6d35a4522c93p-9);
  p = fma(p, z, -0x1.226e32cfe64bcp-7);
  p = fma(p, z, 0x1.664f4870c52c1p-6);
  p = fma(p, z, -0x1.ba1ba1b9d19c3p-5);
  p = fma(p, z, 0x1.1111111110c52p-3);
  p = fma(p, z, -0x1.5555555555552p-2);
  double small = fma(p, z * a, a);
  double c = a < 20.0 ? a : 20.0;
  double t = fma(c, 0x1.71547652b82fep+1, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.62e42fefa39efp-1, c + c);
  r = fma(n, -0x1.abc9e3b39803fp-56, r);
  double e = as_double(as_ulong(__dc_exp_polynomial_f64(r)) + (as_ulong(t) << 52));
  double large = 1.0 - 2.0 / (e + 1.0);
  double y = a < 0.625 ? small : large;
  return isnan(x) ? x : copysign(y, x);
}

// log(a + sqrt(a^2 + 1)) as log1p(a + a^2 / (1 + sqrt(a^2 + 1))); from 2^60 on log1p(a) + log(2).
double __dc_asinh_f64(double x) {
  double a = fabs(x);
  int huge = a >= 0x1p+60;
  double z = a * a;
  double small = a + z / (1.0 + sqrt(z + 1.0));
  double y = __dc_log1p_f64(huge ? a : small);
  y = huge ? y + 0x1.62e42fefa39efp-1 : y;
  return copysign(y, x);
}

double __dc_acosh_f64(double x) {
  int huge = x >= 0x1p+60;
  double t = x - 1.0;
  double y = __dc_log1p_f64(huge ? x : t + sqrt(fma(t, t, t + t)));
  y = huge ? y + 0x1.62e42fefa39efp-1 : y;
  return x >= 1.0 ? y : NAN;
}

double __dc_atanh_f64(double x) {
  double a = fabs(x);
  double y = 0.5 * __dc_log1p_f64((a + a) / (1.0 - a));
  y = a < 0x1p-28 ? a : y;
  y = a > 1.0 ? NAN : y;
  return isnan(x) ? x : copysign(y, x);
}
