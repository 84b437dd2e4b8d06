// SPDX-License-Identifier: MIT
// Rows become columns, through a tile in local memory so that both sides of it are read and written in order. Each
// work-group of 32 x 8 moves 32 x 32 floats; the tile's rows are one longer, so that a column is in as many banks.
#define TILE 32

kernel __attribute__((reqd_work_group_size(TILE, 8, 1))) void transpose(int size, global const float* restrict from,
                                                                        global float* restrict to) {
  local float tile[TILE][TILE + 1];
  const int x = get_local_id(0), y = get_local_id(1);
  const int left = get_group_id(0) * TILE, top = get_group_id(1) * TILE;
  for (int row = y; row < TILE; row += 8) tile[row][x] = from[(top + row) * size + left + x];
  barrier(CLK_LOCAL_MEM_FENCE);
  for (int row = y; row < TILE; row += 8) to[(left + row) * size + top + x] = tile[x][row];
}
