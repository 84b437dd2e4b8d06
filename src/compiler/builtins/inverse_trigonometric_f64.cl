// SPDX-License-Identifier: MIT
// Inverse trigonometric functions. Polynomials: fit/trigonometric.py.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// asin(x) = x + x^3 P(x^2) on |x| <= 1/2, P of degree 11, error 2^-55.9; z = x^2.
double __dc_asin_polynomial_f64(double x, double z) {
  double p = fma(0x1.056f3c9209b92p-5, z, -0x1.09d8be83795e8p-6);
  p = fma(p, z, 0x1.3ff864f1dd86dp-6);
  p = fma(p, z, 0x1.abc9b414f24c8p-8);
  p = fma(p, z, 0x1.8ec3a81a59ac3p-7);
  p = fma(p, z, 0x1.c6fda767d26e6p-7);
  p = fma(p, z, 0x1.1c6be2f48da86p-6);
  p = fma(p, z, 0x1.6e89f42b1db3fp-6);
  p = fma(p, z, 0x1.f1c72c39c39d4p-6);
  p = fma(p, z, 0x1.6db6db42785b1p-5);
  p = fma(p, z, 0x1.333333336e82ep-4);
  p = fma(p, z, 0x1.555555555539p-3);
  return fma(p, z * x, x);
}

// Beyond 1/2: asin(x) = pi/2 - 2 asin(sqrt((1-x)/2)). Beyond 1 the root is a NaN.
double __dc_asin_f64(double x) {
  double a = fabs(x);
  int wide = a > 0.5;
  double z = wide ? fma(-0.5, a, 0.5) : a * a;
  double s = wide ? sqrt(z) : a;
  double p = __dc_asin_polynomial_f64(s, z);
  double y = wide ? 0x1.921fb54442d18p+0 - fma(2.0, p, -0x1.1a62633145c07p-54) : p;
  return copysign(y, x);
}

double __dc_acos_f64(double x) {
  double a = fabs(x);
  int wide = a > 0.5;
  double z = wide ? fma(-0.5, a, 0.5) : a * a;
  double s = wide ? sqrt(z) : a;
  double p = __dc_asin_polynomial_f64(s, z);
  double narrow = 0x1.921fb54442d18p+0 - (copysign(p, x) - 0x1.1a62633145c07p-54);
  double y = 2.0 * p;
  y = x < 0.0 ? 0x1.921fb54442d18p+1 - (y - 0x1.1a62633145c07p-53) : y;
  return wide ? y : narrow;
}

double __dc_asinpi_f64(double x) {
  double a = fabs(x);
  int wide = a > 0.5;
  double z = wide ? fma(-0.5, a, 0.5) : a * a;
  double s = wide ? sqrt(z) : a;
  double p = __dc_asin_polynomial_f64(s, z);
  double y = wide ? fma(p, -0x1.45f306dc9c883p-1, 0.5) : p * 0x1.45f306dc9c883p-2;
  return copysign(y, x);
}

double __dc_acospi_f64(double x) {
  double a = fabs(x);
  int wide = a > 0.5;
  double z = wide ? fma(-0.5, a, 0.5) : a * a;
  double s = wide ? sqrt(z) : a;
  double p = __dc_asin_polynomial_f64(s, z);
  double y = p * 0x1.45f306dc9c883p-1;
  y = x < 0.0 ? 1.0 - y : y;
  return wide ? y : fma(copysign(p, x), -0x1.45f306dc9c883p-2, 0.5);
}

// atan(q) = q + q^3 P(q^2) on |q| <= 1, P of degree 18, error 2^-54.9.
double __dc_atan_polynomial_f64(double q) {
  double z = q * q;
  double p = fma(-0x1.53e18c077d072p-16, z, 0x1.d3b59ddbac64fp-13);
  p = fma(p, z, -0x1.312735909ab03p-10);
  p = fma(p, z, 0x1.f968dae4227d9p-9);
  p = fma(p, z, -0x1.2cf5c6d309ddfp-7);
  p = fma(p, z, 0x1.162b4b7bf283bp-6);
  p = fma(p, z, -0x1.a725e57bfdcf3p-6);
  p = fma(p, z, 0x1.1715a33c11d82p-5);
  p = fma(p, z, -0x1.4f450bb1f829fp-5);
  p = fma(p, z, 0x1.7ee3f05aef2d2p-5);
  p = fma(p, z, -0x1.ad32b962bafefp-5);
  p = fma(p, z, 0x1.e17817263dc53p-5);
  p = fma(p, z, -0x1.11089d0355176p-4);
  p = fma(p, z, 0x1.3b12b2e8fb318p-4);
  p = fma(p, z, -0x1.745d0231063ecp-4);
  p = fma(p, z, 0x1.c71c709e19fedp-4);
  p = fma(p, z, -0x1.2492491fa2137p-3);
  p = fma(p, z, 0x1.999999998411p-3);
  p = fma(p, z, -0x1.555555555544cp-2);
  return fma(p, z * q, q);
}

double __dc_atan_f64(double x) {
  double a = fabs(x);
  double p = __dc_atan_polynomial_f64(a > 1.0 ? 1.0 / a : a);
  double y = a > 1.0 ? 0x1.921fb54442d18p+0 - (p - 0x1.1a62633145c07p-54) : p;
  return copysign(y, x);
}

double __dc_atanpi_f64(double x) {
  double a = fabs(x);
  double p = __dc_atan_polynomial_f64(a > 1.0 ? 1.0 / a : a);
  double y = a > 1.0 ? fma(p, -0x1.45f306dc9c883p-2, 0.5) : p * 0x1.45f306dc9c883p-2;
  return copysign(y, x);
}

// The smaller over the larger magnitude: 0 when both are zero, 1 when both are infinite.
double __dc_atan2_ratio_f64(double a, double b) {
  double larger = a > b ? a : b;
  double smaller = a > b ? b : a;
  double q = smaller / larger;
  q = larger == 0.0 ? 0.0 : q;
  return smaller == INFINITY ? 1.0 : q;
}

double __dc_atan2_f64(double y, double x) {
  double a = fabs(y);
  double b = fabs(x);
  double r = __dc_atan_polynomial_f64(__dc_atan2_ratio_f64(a, b));
  r = a > b ? 0x1.921fb54442d18p+0 - (r - 0x1.1a62633145c07p-54) : r;
  r = as_long(x) < 0 ? 0x1.921fb54442d18p+1 - (r - 0x1.1a62633145c07p-53) : r;
  r = copysign(r, y);
  return isnan(x) || isnan(y) ? x + y : r;
}

double __dc_atan2pi_f64(double y, double x) {
  double a = fabs(y);
  double b = fabs(x);
  double r = __dc_atan_polynomial_f64(__dc_atan2_ratio_f64(a, b)) * 0x1.45f306dc9c883p-2;
  r = a > b ? 0.5 - r : r;
  r = as_long(x) < 0 ? 1.0 - r : r;
  r = copysign(r, y);
  return isnan(x) || isnan(y) ? x + y : r;
}
