// SPDX-License-Identifier: MIT
// Half precision from double, through a float that was rounded to odd: it keeps enough for any second rounding.
#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

ushort __dc_half_from_f32_rte(float x);
ushort __dc_half_from_f32_rtz(float x);
ushort __dc_half_from_f32_rtp(float x);
ushort __dc_half_from_f32_rtn(float x);

float __dc_f32_to_odd_f64(double x) {
  float y = (float)x;
  y = fabs((double)y) > fabs(x) ? as_float(as_uint(y) - 1u) : y;
  return (double)y != x && !isnan(x) ? as_float(as_uint(y) | 1u) : y;
}

ushort __dc_half_from_f64_rte(double x) {
  return __dc_half_from_f32_rte(__dc_f32_to_odd_f64(x));
}

ushort __dc_half_from_f64_rtz(double x) {
  return __dc_half_from_f32_rtz(__dc_f32_to_odd_f64(x));
}

ushort __dc_half_from_f64_rtp(double x) {
  return __dc_half_from_f32_rtp(__dc_f32_to_odd_f64(x));
}

ushort __dc_half_from_f64_rtn(double x) {
  return __dc_half_from_f32_rtn(__dc_f32_to_odd_f64(x));
}
