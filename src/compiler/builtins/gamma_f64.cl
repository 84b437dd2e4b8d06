// SPDX-License-Identifier: MIT
// Gamma functions. Polynomials: fit/gamma.py.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

double2 __dc_log2_pair_f64(double x);
double __dc_exp2_pair_f64(double high, double low);
double __dc_log_f64(double x);
double __dc_sinpi_f64(double x);

// gamma(b) = b^(b-1/2) e^-b S(1/b) for b in [2, 172], S of degree 14, error 2^-54.1. Below 2, b = a+1 or a+2 and the
// result is divided by a or a(a+1). Negative arguments reflect: gamma(-a) = -pi / (a sin(pi a) gamma(a)), with the
// exponent moved by 128 where gamma(a) overflows and the result does not vanish yet.
double __dc_tgamma_f64(double x) {
  double a = fabs(x);
  int negative = x < 0.0;
  double c = a < 200.0 ? a : 200.0;
  double b = c < 1.0 ? c + 2.0 : (c < 2.0 ? c + 1.0 : c);
  double w = 1.0 / b;
  double s = fma(0x1.15d66ec8a2d6ap-10, w, -0x1.abb936b1247d7p-9);
  s = fma(s, w, 0x1.b2a21eeee0e6cp-9);
  s = fma(s, w, 0x1.0c86a526b006ep-11);
  s = fma(s, w, -0x1.1c3225fc64bd4p-8);
  s = fma(s, w, 0x1.046dcfa1d0a1bp-8);
  s = fma(s, w, -0x1.4897a7ab18d19p-11);
  s = fma(s, w, -0x1.6d4e54ba768e5p-10);
  s = fma(s, w, 0x1.56500fbfc00d2p-13);
  s = fma(s, w, 0x1.01ba4b8b24cp-9);
  s = fma(s, w, -0x1.2d9a1c6e2169p-11);
  s = fma(s, w, -0x1.b87926866bbb1p-8);
  s = fma(s, w, 0x1.1d32d70328202p-7);
  s = fma(s, w, 0x1.abcc42a9dc98bp-3);
  s = fma(s, w, 0x1.40d931ff62702p+1);
  // (b - 1/2) log2(b) - b log2(e); b - 1/2 is exact.
  double2 l = __dc_log2_pair_f64(b);
  double m = b - 0.5;
  double high = m * l.x;
  double low = fma(m, l.x, -high) + m * l.y;
  double k = b * 0x1.71547652b82fep+0;
  double k_low = fma(b, 0x1.71547652b82fep+0, -k) + b * 0x1.777d0ffda0d24p-56;
  double sum = high - k;
  double rest = (sum - high) + k;
  low = low - k_low - rest;
  high = sum;
  double y;
  if (negative) {
    // 1 / (a sin(pi a)) without forming the product of two small numbers.
    double sine = __dc_sinpi_f64(a);
    double shift = c < 1.0 ? (c + 1.0) : (c < 2.0 ? 1.0 : w);
    double offset = a > 150.0 ? 128.0 : 0.0;
    double scale = a > 150.0 ? 0x1p-64 : 1.0;
    double p = __dc_exp2_pair_f64(offset - high, -low);
    y = 0x1.921fb54442d18p+1 * shift / s / sine;
    y = -(p * scale * y * scale);
    y = a == floor(a) ? NAN : y;
    y = a >= 200.0 && a != floor(a) ? copysign(0.0, y) : y;
  } else {
    double shift = c < 1.0 ? c * (c + 1.0) : (c < 2.0 ? c : 1.0);
    y = s * __dc_exp2_pair_f64(high, low) / shift;
    y = a > 172.0 ? INFINITY : y;
  }
  y = x == 0.0 ? copysign((double)INFINITY, x) : y;
  y = x == -INFINITY ? NAN : y;
  return isnan(x) ? x : y;
}

// log(gamma(a)) for a > 0. From 8 on Stirling's series: (a-1/2)(log(a)-1) + S(1/a), S of degree 9, error 2^-54.5;
// from 3 the recurrence brings a below 3; there a polynomial about the zero 2 and the recurrence upwards.
double __dc_lgamma_positive_f64(double a) {
  double y;
  if (a >= 8.0) {
    double l = __dc_log_f64(a);
    double w = 1.0 / a;
    double s = fma(0x1.9a29285a92de5p-11, w, -0x1.855aa71123a83p-15);
    s = fma(s, w, -0x1.2d9e323056673p-11);
    s = fma(s, w, -0x1.ad9a49da4a042p-19);
    s = fma(s, w, 0x1.a03e2ad02cb8fp-11);
    s = fma(s, w, -0x1.b5653577574fcp-27);
    s = fma(s, w, -0x1.6c16be962664ap-9);
    s = fma(s, w, -0x1.29f64cd00f3a2p-38);
    s = fma(s, w, 0x1.5555555555b2ep-4);
    s = fma(s, w, 0x1.acfe390c97d69p-2);
    y = a < 0x1p+900 ? fma(a - 0.5, l - 1.0, s) : a * (l - 1.0);
  } else {
    double b = a;
    double product = 1.0;
    while (b >= 3.0) {
      b -= 1.0;
      product *= b;
    }
    // lgamma(2+t) = t P(t) on [-1/2, 1], degree 24, error 2^-55.9.
    double t = b < 0.5 ? b : (b < 1.5 ? b - 1.0 : b - 2.0);
    double p = fma(-0x1.ddf97304f9e3dp-27, t, 0x1.1ad1ea12925d3p-24);
    p = fma(p, t, -0x1.9341b44334e61p-24);
    p = fma(p, t, -0x1.c4e9fe9fc1b1p-26);
    p = fma(p, t, 0x1.885fa335d21abp-23);
    p = fma(p, t, -0x1.6b1dae5b5c157p-24);
    p = fma(p, t, -0x1.b55ddfabfce6fp-23);
    p = fma(p, t, 0x1.833b6126e83e7p-22);
    p = fma(p, t, -0x1.e658ab63c5795p-22);
    p = fma(p, t, 0x1.ddb059949b582p-21);
    p = fma(p, t, -0x1.0f2af30f37925p-19);
    p = fma(p, t, 0x1.2699d78731512p-18);
    p = fma(p, t, -0x1.3cf951c48cc45p-17);
    p = fma(p, t, 0x1.5805a4804afffp-16);
    p = fma(p, t, -0x1.78db926321db8p-15);
    p = fma(p, t, 0x1.a127d2fd32bd6p-14);
    p = fma(p, t, -0x1.d3fd5ee233641p-13);
    p = fma(p, t, 0x1.0b36af6c990fbp-11);
    p = fma(p, t, -0x1.38ac5c09e77fdp-10);
    p = fma(p, t, 0x1.7add6ead981f3p-9);
    p = fma(p, t, -0x1.e404fc21cf47ep-8);
    p = fma(p, t, 0x1.51322ac7d8791p-6);
    p = fma(p, t, -0x1.13e001a55754bp-4);
    p = fma(p, t, 0x1.4a34cc4a60fa6p-2);
    p = fma(p, t, 0x1.b0ee6072093cep-2);
    y = t * p;
    // lgamma(a) = lgamma(a+1) - log(a), twice below 1/2.
    double below = b < 0.5 ? fma(b, b, b) : b;
    double l = __dc_log_f64(b < 1.5 ? below : product);
    y = b < 1.5 ? y - l : y + l;
    y = a < 0x1p-60 ? -__dc_log_f64(a) : y;
  }
  return y;
}

double __dc_lgamma_r_f64(double x, __private int* sign) {
  double a = fabs(x);
  double y = __dc_lgamma_positive_f64(a);
  int s = 1;
  if (x < 0.0) {
    double sine = __dc_sinpi_f64(a);
    s = sine > 0.0 ? -1 : 1;
    // log(pi / (a |sin(pi a)|)) - lgamma(a).
    double reflected = __dc_log_f64(0x1.921fb54442d18p+1 / (a * fabs(sine))) - y;
    y = a < 0x1p-60 ? -__dc_log_f64(a) : reflected;
    y = a == floor(a) ? INFINITY : y;
  }
  s = as_long(x) < 0L && x == 0.0 ? -1 : s;
  *sign = s;
  y = a == INFINITY || a == 0.0 ? INFINITY : y;
  return isnan(x) ? x : y;
}

double __dc_lgamma_f64(double x) {
  int sign;
  return __dc_lgamma_r_f64(x, &sign);
}
