// SPDX-License-Identifier: MIT
// One step of a 5-point smoothing; the border keeps its values.
kernel void stencil(int width, int height, global const float* restrict from, global float* restrict to) {
  const int x = get_global_id(0), y = get_global_id(1);
  const int i = y * width + x;
  if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
    to[i] = from[i];
  else
    to[i] = 0.5f * from[i] + 0.125f * (from[i - 1] + from[i + 1] + from[i - width] + from[i + width]);
}
