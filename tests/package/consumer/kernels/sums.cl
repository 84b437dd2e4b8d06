// SPDX-License-Identifier: MIT
kernel void group_sums(global const int* values, global int* sums, local int* partial) {
  size_t i = get_local_id(0), n = get_local_size(0);
  partial[i] = values[get_global_id(0)];
  barrier(CLK_LOCAL_MEM_FENCE);
  for (size_t count = n / 2; count > 0; count /= 2) {
    if (i < count) partial[i] += partial[i + count];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (i == 0) sums[get_group_id(0)] = partial[0];
}
