// SPDX-License-Identifier: MIT
kernel void group_sums(global const int* values, global int* sums, local int* partial) {
  size_t i = get_local_id(0), n = get_local_size(0);
  partial[i] = values[get_global_id(0)];
  barrier(CLK_LOCAL_MEM_FENCE);
  for (size_t half = n / 2; half > 0; half /= 2) {
    if (i < half) partial[i] += partial[i + half];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (i == 0) sums[get_group_id(0)] = partial[0];
}
