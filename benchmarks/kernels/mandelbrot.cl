// SPDX-License-Identifier: MIT
// How many iterations each point takes to leave the circle of radius 2, up to `limit`.
kernel void mandelbrot(float left, float top, float step, int width, int limit, global int* restrict iterations) {
  const int column = get_global_id(0), row = get_global_id(1);
  const float cx = left + step * column, cy = top + step * row;
  float x = 0.0f, y = 0.0f;
  int i = 0;
  while (i < limit && x * x + y * y < 4.0f) {
    const float next = x * x - y * y + cx;
    y = 2.0f * x * y + cy;
    x = next;
    ++i;
  }
  iterations[row * width + column] = i;
}
