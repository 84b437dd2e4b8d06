// SPDX-License-Identifier: MIT
// Sums `n` numbers to one a work-group: a grid-stride loop, then a tree in local memory.
kernel void reduction(global const float* restrict input, uint n, global float* restrict partial, local float* tree) {
  const uint item = get_local_id(0);
  float sum = 0.0f;
  for (uint i = get_global_id(0); i < n; i += get_global_size(0)) sum += input[i];
  tree[item] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint width = get_local_size(0) / 2; width > 0; width /= 2) {
    if (item < width) tree[item] += tree[item + width];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (item == 0) partial[get_group_id(0)] = tree[0];
}
