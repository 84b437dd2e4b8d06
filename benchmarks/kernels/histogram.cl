// SPDX-License-Identifier: MIT
// 256 bins: counted with atomics in local memory, then added to the global ones.
kernel void clear_bins(global uint* bins) { bins[get_global_id(0)] = 0; }

kernel void histogram(global const uchar* restrict data, uint n, global uint* restrict bins) {
  local uint counts[256];
  for (uint i = get_local_id(0); i < 256; i += get_local_size(0)) counts[i] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = get_global_id(0); i < n; i += get_global_size(0)) atomic_inc(&counts[data[i]]);
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint i = get_local_id(0); i < 256; i += get_local_size(0)) atomic_add(&bins[i], counts[i]);
}
