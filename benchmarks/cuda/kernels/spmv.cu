// SPDX-License-Identifier: MIT
extern "C" __global__ void __launch_bounds__(256)
    spmv(int rows, const int* __restrict__ row_start, const int* __restrict__ column, const float* __restrict__ value,
         const float* __restrict__ x, float* __restrict__ y) {
  const int row = blockIdx.x * blockDim.x + threadIdx.x;
  if (row >= rows) return;
  const int end = row_start[row + 1];
  float sum = 0.0f;
  for (int i = row_start[row]; i < end; ++i) sum += value[i] * x[column[i]];
  y[row] = sum;
}
