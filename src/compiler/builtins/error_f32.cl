// SPDX-License-Identifier: MIT
// Error functions. Polynomials: fit/error.py.
#pragma OPENCL FP_CONTRACT OFF

float __dc_exp2_polynomial_f32(float r);
float __dc_exp_polynomial_f32(float r);

// x + x P(x^2) on |x| <= 1, P of degree 5, error 2^-24.5.
float __dc_erf_polynomial_f32(float x) {
  float z = x * x;
  float p = fma(-0x1.272ecap-11f, z, 0x1.423ba6p-8f);
  p = fma(p, z, -0x1.b59f52p-6f);
  p = fma(p, z, 0x1.ce08bep-4f);
  p = fma(p, z, -0x1.81267p-2f);
  p = fma(p, z, 0x1.06eba2p-3f);
  return fma(p, x, x);
}

// From 1 to 4: 1 - 2^Q(x), Q of degree 6 approximates log2(erfc), error of erf 2^-29.8.
float __dc_erf_f32(float x) {
  float a = fabs(x);
  float small = __dc_erf_polynomial_f32(a);
  float c = a < 4.0f ? a : 4.0f;
  float q = fma(0x1.19f096p-12f, c, -0x1.16b12ap-8f);
  q = fma(q, c, 0x1.0217bep-5f);
  q = fma(q, c, -0x1.30a482p-3f);
  q = fma(q, c, -0x1.d75f44p-1f);
  q = fma(q, c, -0x1.a0448ap+0f);
  q = fma(q, c, -0x1.025802p-11f);
  float t = q + 0x1.8p+23f;
  float r = q - (t - 0x1.8p+23f);
  float tail = as_float(as_uint(__dc_exp2_polynomial_f32(r)) + (as_uint(t) << 23));
  float y = a < 1.0f ? small : 1.0f - tail;
  return isnan(x) ? x : copysign(y, x);
}

// From 1/2 to 10.1: e^(-x^2) G(u), u = (x-3)/(x+3); G of degree 9, error 2^-26.9. x^2 and its rounding error are
// subtracted from n log(2) one after the other; 2^n comes last, in two factors, so that subnormal results are rounded
// once.
float __dc_erfc_f32(float x) {
  float a = fabs(x);
  float small = 1.0f - __dc_erf_polynomial_f32(x);
  float c = a < 10.5f ? a : 10.5f;
  c = c > 0.5f ? c : 0.5f;
  float u = (c - 3.0f) / (c + 3.0f);
  float g = fma(0x1.476fe2p-18f, u, -0x1.1bad7ep-11f);
  g = fma(g, u, 0x1.801d5p-11f);
  g = fma(g, u, 0x1.16890ep-8f);
  g = fma(g, u, -0x1.8fbc4p-6f);
  g = fma(g, u, 0x1.258e06p-4f);
  g = fma(g, u, -0x1.336fc6p-3f);
  g = fma(g, u, 0x1.f6ff0cp-3f);
  g = fma(g, u, -0x1.4e102cp-2f);
  g = fma(g, u, 0x1.6e9828p-3f);
  float square = c * c;
  float square_low = fma(c, c, -square);
  float t = fma(square, -0x1.715476p+0f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  float r = fma(n, -0x1.62e43p-1f, -square);
  r = fma(n, 0x1.05c61p-29f, r) - square_low;
  float p = __dc_exp_polynomial_f32(r) * g;
  int k = as_int(t) - 0x4b400000;
  int half_k = k >> 1;
  float tail = p * as_float((half_k + 127) << 23) * as_float((k - half_k + 127) << 23);
  tail = x < 0.0f ? 2.0f - tail : tail;
  float y = a < 0.5f ? small : tail;
  return isnan(x) ? x : y;
}
