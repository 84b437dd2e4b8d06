// SPDX-License-Identifier: MIT
// Error functions. Polynomials: fit/error.py.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double __dc_exp2_polynomial_f64(double r);
double __dc_exp_polynomial_f64(double r);

// x + x P(x^2) on |x| <= 1, P of degree 12, error 2^-56.2.
double __dc_erf_polynomial_f64(double x) {
  double z = x * x;
  double p = fma(0x1.4279135153b8fp-33, z, -0x1.c95f7ab8e2fb1p-30);
  p = fma(p, z, 0x1.13cedb47ebe2ap-26);
  p = fma(p, z, -0x1.63ad8ef199bap-23);
  p = fma(p, z, 0x1.ba6c062704c42p-20);
  p = fma(p, z, -0x1.f4dd22804669ap-17);
  p = fma(p, z, 0x1.f9a3bb5ab293ap-14);
  p = fma(p, z, -0x1.c02db9400e966p-11);
  p = fma(p, z, 0x1.565bcd2c8f9a8p-8);
  p = fma(p, z, -0x1.b82ce313554b5p-6);
  p = fma(p, z, 0x1.ce2f21a0458d9p-4);
  p = fma(p, z, -0x1.812746b037a25p-2);
  p = fma(p, z, 0x1.06eba8214db69p-3);
  return fma(p, x, x);
}

// From 1 to 6: 1 - 2^Q(x), Q of degree 14 approximates log2(erfc), error of erf 2^-51.8.
double __dc_erf_f64(double x) {
  double a = fabs(x);
  double small = __dc_erf_polynomial_f64(a);
  double c = a < 6.0 ? a : 6.0;
  double q = fma(-0x1.990c0a862a299p-33, c, 0x1.1e3ca735aaeb5p-27);
  q = fma(q, c, -0x1.6bbea211b368fp-23);
  q = fma(q, c, 0x1.18d640c9cfb9ep-19);
  q = fma(q, c, -0x1.280f11956e579p-16);
  q = fma(q, c, 0x1.c3654cfd3819cp-14);
  q = fma(q, c, -0x1.fd64de05126aep-12);
  q = fma(q, c, 0x1.a2db597cea5dfp-10);
  q = fma(q, c, -0x1.bd719bc140b84p-9);
  q = fma(q, c, 0x1.42dbf6e0ff17dp-10);
  q = fma(q, c, 0x1.b8e502e2b5085p-6);
  q = fma(q, c, -0x1.2ee58e3e5efbp-3);
  q = fma(q, c, -0x1.d650f533606bap-1);
  q = fma(q, c, -0x1.a0bc6eaa16998p+0);
  q = fma(q, c, -0x1.c78bef84e211cp-19);
  double t = q + 0x1.8p+52;
  double r = q - (t - 0x1.8p+52);
  double tail = as_double(as_ulong(__dc_exp2_polynomial_f64(r)) + (as_ulong(t) << 52));
  double y = a < 1.0 ? small : 1.0 - tail;
  return isnan(x) ? x : copysign(y, x);
}

// From 1/2 to 27.3: e^(-x^2) G(u), u = (x-3)/(x+3); G of degree 22, error 2^-54.6. x^2 and its rounding error are
// subtracted from n log(2) one after the other; 2^n comes last, in two factors, so that subnormal results are rounded
// once.
double __dc_erfc_f64(double x) {
  double a = fabs(x);
  double small = 1.0 - __dc_erf_polynomial_f64(x);
  double c = a < 27.5 ? a : 27.5;
  c = c > 0.5 ? c : 0.5;
  double u = (c - 3.0) / (c + 3.0);
  double g = fma(0x1.f7dbcb76205bp-29, u, -0x1.81ad2f98e2ae4p-28);
  g = fma(g, u, -0x1.aafe450284498p-27);
  g = fma(g, u, 0x1.b0f1fd08977fcp-27);
  g = fma(g, u, 0x1.9306806f4cbbep-25);
  g = fma(g, u, 0x1.17ce2db213cb3p-26);
  g = fma(g, u, -0x1.f102b0fad6cd9p-23);
  g = fma(g, u, -0x1.3410c3b8cd8bep-22);
  g = fma(g, u, 0x1.4f726d1839916p-20);
  g = fma(g, u, 0x1.1c37cde2b73f4p-19);
  g = fma(g, u, -0x1.0ba9244cde5b8p-17);
  g = fma(g, u, -0x1.af8273ac14b98p-17);
  g = fma(g, u, 0x1.0cabe22922fdbp-14);
  g = fma(g, u, 0x1.7ba0e027802ebp-15);
  g = fma(g, u, -0x1.39084ae2ab9a5p-11);
  g = fma(g, u, 0x1.73101ea09cad2p-11);
  g = fma(g, u, 0x1.17c838eac7a6p-8);
  g = fma(g, u, -0x1.8fa58eb5e4098p-6);
  g = fma(g, u, 0x1.258b13b01a14ap-4);
  g = fma(g, u, -0x1.336ffbef08b1bp-3);
  g = fma(g, u, 0x1.f6ff204105927p-3);
  g = fma(g, u, -0x1.4e102b9cf8513p-2);
  g = fma(g, u, 0x1.6e9827d229d2dp-3);
  double square = c * c;
  double square_low = fma(c, c, -square);
  double t = fma(square, -0x1.71547652b82fep+0, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  double r = fma(n, -0x1.62e42fefa39efp-1, -square);
  r = fma(n, -0x1.abc9e3b39803fp-56, r) - square_low;
  double p = __dc_exp_polynomial_f64(r) * g;
  int k = (int)(as_long(t) - 0x4338000000000000L);
  int half_k = k >> 1;
  double tail = p * as_double((ulong)(uint)(half_k + 1023) << 52) * as_double((ulong)(uint)(k - half_k + 1023) << 52);
  tail = x < 0.0 ? 2.0 - tail : tail;
  double y = a < 0.5 ? small : tail;
  return isnan(x) ? x : y;
}
