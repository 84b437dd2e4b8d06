// SPDX-License-Identifier: MIT
// y = A x for a matrix in compressed sparse rows, one row a work-item.
kernel void spmv(int rows, global const int* restrict row_start, global const int* restrict column,
                 global const float* restrict value, global const float* restrict x, global float* restrict y) {
  const int row = get_global_id(0);
  if (row >= rows) return;
  float sum = 0.0f;
  for (int i = row_start[row]; i < row_start[row + 1]; ++i) sum += value[i] * x[column[i]];
  y[row] = sum;
}
