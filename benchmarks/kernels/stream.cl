// SPDX-License-Identifier: MIT
// The four streams and the dot product by which memory bandwidth is compared.
kernel void copy(global const float* restrict a, global float* restrict c) {
  const size_t i = get_global_id(0);
  c[i] = a[i];
}

kernel void mul(float scalar, global const float* restrict c, global float* restrict b) {
  const size_t i = get_global_id(0);
  b[i] = scalar * c[i];
}

kernel void add(global const float* restrict a, global const float* restrict b, global float* restrict c) {
  const size_t i = get_global_id(0);
  c[i] = a[i] + b[i];
}

kernel void triad(float scalar, global const float* restrict b, global const float* restrict c,
                  global float* restrict a) {
  const size_t i = get_global_id(0);
  a[i] = b[i] + scalar * c[i];
}

kernel void dot_product(global const float* restrict a, global const float* restrict b, uint n,
                        global float* restrict partial, local float* tree) {
  const uint item = get_local_id(0);
  float sum = 0.0f;
  for (uint i = get_global_id(0); i < n; i += get_global_size(0)) sum += a[i] * b[i];
  tree[item] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint width = get_local_size(0) / 2; width > 0; width /= 2) {
    if (item < width) tree[item] += tree[item + width];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (item == 0) partial[get_group_id(0)] = tree[0];
}

kernel void sum_partials(global const float* restrict partial, uint n, global float* restrict result) {
  float sum = 0.0f;
  for (uint i = 0; i < n; ++i) sum += partial[i];
  result[0] = sum;
}

// By one work-group.
kernel void sum_in_tree(global const float* restrict partial, uint n, global float* restrict result, local float* tree) {
  const uint item = get_local_id(0);
  float sum = 0.0f;
  for (uint i = item; i < n; i += get_local_size(0)) sum += partial[i];
  tree[item] = sum;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint width = get_local_size(0) / 2; width > 0; width /= 2) {
    if (item < width) tree[item] += tree[item + width];
    barrier(CLK_LOCAL_MEM_FENCE);
  }
  if (item == 0) result[0] = tree[0];
}
