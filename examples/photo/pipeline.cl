// SPDX-License-Identifier: MIT
// From a photograph to its edges. Global sizes may be larger than the picture: RADIUS, GROUP_X and GROUP_Y are given by
// the host, and a work-item outside the picture helps to load but stores nothing.

// BT.709 luma, 0 to 1.
kernel void grey(global const uchar4* restrict pixels, global float* restrict luma) {
  const size_t i = get_global_id(0);
  const float4 p = convert_float4(pixels[i]) / 255.0f;
  luma[i] = 0.2126f * p.x + 0.7152f * p.y + 0.0722f * p.z;
}

// Each work-group loads its rows and RADIUS pixels on both sides once; pixels beyond the border repeat it. Only the
// groups at the border pay for that: inside, neighbours load from neighbouring addresses.
kernel __attribute__((reqd_work_group_size(GROUP_X, GROUP_Y, 1))) void blur_rows(global const float* restrict from,
                                                                               global float* restrict to,
                                                                               constant float* weights, int width,
                                                                               int height) {
  local float tile[GROUP_Y][GROUP_X + 2 * RADIUS];
  const int x = get_global_id(0), y = get_global_id(1), column = get_local_id(0), row = get_local_id(1);
  const int first = (int)get_group_id(0) * GROUP_X - RADIUS, source_row = min(y, height - 1) * width;
  if (first >= 0 && first + GROUP_X + 2 * RADIUS <= width)
    for (int i = column; i < GROUP_X + 2 * RADIUS; i += GROUP_X) tile[row][i] = from[source_row + first + i];
  else
    for (int i = column; i < GROUP_X + 2 * RADIUS; i += GROUP_X)
      tile[row][i] = from[source_row + clamp(first + i, 0, width - 1)];
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = 0.0f;
  for (int k = 0; k <= 2 * RADIUS; ++k) sum += weights[k] * tile[row][column + k];
  if (x < width && y < height) to[y * width + x] = sum;
}

kernel __attribute__((reqd_work_group_size(GROUP_X, GROUP_Y, 1))) void blur_columns(global const float* restrict from,
                                                                                  global float* restrict to,
                                                                                  constant float* weights, int width,
                                                                                  int height) {
  local float tile[GROUP_Y + 2 * RADIUS][GROUP_X];
  const int x = get_global_id(0), y = get_global_id(1), column = get_local_id(0), row = get_local_id(1);
  const int first = (int)get_group_id(1) * GROUP_Y - RADIUS;
  if (((int)get_group_id(0) + 1) * GROUP_X <= width)
    for (int i = row; i < GROUP_Y + 2 * RADIUS; i += GROUP_Y)
      tile[i][column] = from[clamp(first + i, 0, height - 1) * width + x];
  else
    for (int i = row; i < GROUP_Y + 2 * RADIUS; i += GROUP_Y)
      tile[i][column] = from[clamp(first + i, 0, height - 1) * width + min(x, width - 1)];
  barrier(CLK_LOCAL_MEM_FENCE);
  float sum = 0.0f;
  for (int k = 0; k <= 2 * RADIUS; ++k) sum += weights[k] * tile[row + k][column];
  if (x < width && y < height) to[y * width + x] = sum;
}

// Length of the gradient, 0 to 1; the border is 0.
kernel void sobel(global const float* restrict from, global float* restrict to, int width, int height) {
  const int x = get_global_id(0), y = get_global_id(1);
  const int i = y * width + x;
  float length_of_gradient = 0.0f;
  if (x > 0 && y > 0 && x < width - 1 && y < height - 1) {
    global const float* above = from + i - width;
    global const float* below = from + i + width;
    const float across = (above[1] + 2.0f * from[i + 1] + below[1]) - (above[-1] + 2.0f * from[i - 1] + below[-1]);
    const float down = (below[-1] + 2.0f * below[0] + below[1]) - (above[-1] + 2.0f * above[0] + above[1]);
    length_of_gradient = min(sqrt(across * across + down * down) * 0.25f, 1.0f);
  }
  to[i] = length_of_gradient;
}

// How many of `n` values lie in each of BINS equal parts of 0 to 1.
kernel void histogram(global const float* restrict values, uint n, global uint* bins) {
  local uint counts[BINS];
  for (uint i = get_local_id(0); i < BINS; i += get_local_size(0)) counts[i] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = get_global_id(0); i < n; i += get_global_size(0)) atomic_inc(&counts[min((int)(values[i] * BINS), BINS - 1)]);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = get_local_id(0); i < BINS; i += get_local_size(0)) atomic_add(&bins[i], counts[i]);
}

// Dark strokes on white: `strongest` and above become black.
kernel void ink(global const float* restrict edges, float strongest, global uchar* restrict picture) {
  const size_t i = get_global_id(0);
  picture[i] = convert_uchar_sat_rte(255.0f * (1.0f - min(edges[i] / strongest, 1.0f)));
}
