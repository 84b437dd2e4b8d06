// SPDX-License-Identifier: MIT
extern "C" __global__ void __launch_bounds__(256)
    mandelbrot(float left, float top, float step, int width, int limit, int* __restrict__ iterations) {
  const int column = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
  if (column >= width || row >= width) return;
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
