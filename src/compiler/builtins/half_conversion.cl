// SPDX-License-Identifier: MIT
// Half precision as its 16 bits: one sign, five exponent and ten mantissa bits.
#pragma OPENCL FP_CONTRACT OFF

float __dc_f32_from_half(ushort h) {
  uint exponent = (h >> 10) & 0x1fu;
  uint rest = h & 0x7fffu;
  float normal = as_float((rest << 13) + 0x38000000u);
  float special = as_float((rest << 13) | 0x7f800000u);
  float small = (float)rest * 0x1p-24f;
  float y = exponent == 0u ? small : (exponent == 31u ? special : normal);
  return as_float(as_uint(y) | ((uint)(h & 0x8000u) << 16));
}

// The magnitude cut to half's bits, and what was cut in units of the last bit: 0 nothing, 1 less than half, 2 half,
// 3 more. Beyond the range: the largest finite number and 3. Subnormal results count units of 2^-24.
uint2 __dc_half_parts_f32(float x) {
  uint b = as_uint(x) & 0x7fffffffu;
  int shift = min(126 - (int)(b >> 23), 31);
  int tiny = b < 0x38800000u;
  shift = tiny ? shift : 13;
  uint m = b == 0u ? 0u : (b & 0x007fffffu) | 0x00800000u;
  m = tiny ? m : b - 0x38000000u;
  uint h = m >> (uint)shift;
  uint rest = m & ((1u << (uint)shift) - 1u);
  uint middle = 1u << (uint)(shift - 1);
  uint sticky = rest == 0u ? 0u : (rest < middle ? 1u : (rest == middle ? 2u : 3u));
  int beyond = b >= 0x47800000u;
  return (uint2)(beyond ? 0x7bffu : h, beyond ? 3u : sticky);
}

ushort __dc_half_finish_f32(float x, uint h) {
  uint b = as_uint(x) & 0x7fffffffu;
  h = b == 0x7f800000u ? 0x7c00u : h;
  h = b > 0x7f800000u ? 0x7e00u | ((b >> 13) & 0x3ffu) : h;
  return (ushort)(h | ((as_uint(x) >> 16) & 0x8000u));
}

ushort __dc_half_from_f32_rte(float x) {
  uint2 p = __dc_half_parts_f32(x);
  return __dc_half_finish_f32(x, p.x + (p.y + (p.x & 1u) > 2u ? 1u : 0u));
}

ushort __dc_half_from_f32_rtz(float x) {
  uint2 p = __dc_half_parts_f32(x);
  return __dc_half_finish_f32(x, p.x);
}

ushort __dc_half_from_f32_rtp(float x) {
  uint2 p = __dc_half_parts_f32(x);
  return __dc_half_finish_f32(x, p.x + (p.y != 0u && x > 0.0f ? 1u : 0u));
}

ushort __dc_half_from_f32_rtn(float x) {
  uint2 p = __dc_half_parts_f32(x);
  return __dc_half_finish_f32(x, p.x + (p.y != 0u && x < 0.0f ? 1u : 0u));
}
