// SPDX-License-Identifier: MIT
// sin, cos and tan of pi*x. The reduction is exact: y = x - 2*rint(x/2) lies in [-1, 1].
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

// sin(pi*z) on |z| <= 1/2: pi*z + z^3 Q(z^2), pi in two parts; Q: fit/trigonometric.py, degree 8, error 2^-62.2;
// never beyond 1.
double __dc_sinpi_polynomial_f64(double z) {
  double s = z * z;
  double q = fma(-0x1.41632997dba43p-25, s, 0x1.b3e97f9bcfe6bp-21);
  q = fma(q, s, -0x1.6fcfd47867e34p-16);
  q = fma(q, s, 0x1.e8f4bf9ec5795p-12);
  q = fma(q, s, -0x1.e30751266c996p-8);
  q = fma(q, s, 0x1.50783489b29f1p-4);
  q = fma(q, s, -0x1.32d2cce62e8c1p-1);
  q = fma(q, s, 0x1.466bc6775ab22p+1);
  q = fma(q, s, -0x1.4abbce625be53p+2);
  q = fma(q, s, 0x1.1a62633145c07p-53);
  q = fma(0x1.921fb54442d18p+1, z, q * z);
  q = q > 1.0 ? 1.0 : q;
  return q < -1.0 ? -1.0 : q;
}

// Zeros take the sign of x, wherever on the period they lie.
double __dc_sinpi_f64(double x) {
  double y = fma(-2.0, rint(x * 0.5), x);
  double a = fabs(y);
  double z = a > 0.5 ? 1.0 - a : a;
  double r = __dc_sinpi_polynomial_f64(z);
  r = copysign(r, z == 0.0 ? x : y);
  return fabs(x) < INFINITY ? r : NAN;
}

double __dc_cospi_f64(double x) {
  double y = fma(-2.0, rint(x * 0.5), x);
  double r = __dc_sinpi_polynomial_f64(0.5 - fabs(y));
  return fabs(x) < INFINITY ? r : NAN;
}

double __dc_tanpi_f64(double x) {
  double y = fma(-2.0, rint(x * 0.5), x);
  double a = fabs(y);
  double sine = __dc_sinpi_polynomial_f64(a > 0.5 ? 1.0 - a : a);
  double r = sine / __dc_sinpi_polynomial_f64(0.5 - a);
  // The sine's sign; an even multiple of pi has x's, an odd one the other.
  int negative = as_long(y) < 0L;
  negative = a == 0.0 || a == 1.0 ? as_long(x) < 0L : negative;
  r = negative ? -r : r;
  return fabs(x) < INFINITY ? r : NAN;
}
