// SPDX-License-Identifier: MIT
// c = a * b for square row-major matrices whose side is a multiple of 16: each work-group makes a 16 x 16 tile of c.
#define TILE 16

kernel __attribute__((reqd_work_group_size(TILE, TILE, 1))) void sgemm(int n, global const float* restrict a,
                                                                       global const float* restrict b,
                                                                       global float* restrict c) {
  local float tile_a[TILE][TILE];
  local float tile_b[TILE][TILE];
  const int column = get_global_id(0), row = get_global_id(1);
  const int x = get_local_id(0), y = get_local_id(1);
  float sum = 0.0f;
  for (int k = 0; k < n; k += TILE) {
    tile_a[y][x] = a[row * n + k + x];
    tile_b[y][x] = b[(k + y) * n + column];
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int i = 0; i < TILE; ++i) sum += tile_a[y][i] * tile_b[i][x];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  c[row * n + column] = sum;
}
