// SPDX-License-Identifier: MIT
// half_*: at most 8192 ulp are asked of them; they are the full functions, whose special values they share.
#pragma OPENCL FP_CONTRACT OFF

float __dc_sin_f32(float x);
float __dc_cos_f32(float x);
float __dc_tan_f32(float x);
float __dc_exp_f32(float x);
float __dc_exp2_f32(float x);
float __dc_exp10_f32(float x);
float __dc_log_f32(float x);
float __dc_log2_f32(float x);
float __dc_log10_f32(float x);
float __dc_powr_f32(float x, float y);

float __dc_half_sin_f32(float x) {
  return __dc_sin_f32(x);
}

float __dc_half_cos_f32(float x) {
  return __dc_cos_f32(x);
}

float __dc_half_tan_f32(float x) {
  return __dc_tan_f32(x);
}

float __dc_half_exp_f32(float x) {
  return __dc_exp_f32(x);
}

float __dc_half_exp2_f32(float x) {
  return __dc_exp2_f32(x);
}

float __dc_half_exp10_f32(float x) {
  return __dc_exp10_f32(x);
}

float __dc_half_log_f32(float x) {
  return __dc_log_f32(x);
}

float __dc_half_log2_f32(float x) {
  return __dc_log2_f32(x);
}

float __dc_half_log10_f32(float x) {
  return __dc_log10_f32(x);
}

float __dc_half_powr_f32(float x, float y) {
  return __dc_powr_f32(x, y);
}
