// SPDX-License-Identifier: MIT
#define TILE 32

extern "C" __global__ void __launch_bounds__(256)
    transpose(int size, const float* __restrict__ from, float* __restrict__ to) {
  __shared__ float tile[TILE][TILE + 1];
  const int x = threadIdx.x, y = threadIdx.y;
  const int left = blockIdx.x * TILE, top = blockIdx.y * TILE;
#pragma unroll
  for (int row = y; row < TILE; row += 8) tile[row][x] = from[(top + row) * size + left + x];
  __syncthreads();
#pragma unroll
  for (int row = y; row < TILE; row += 8) to[(left + row) * size + top + x] = tile[x][row];
}
