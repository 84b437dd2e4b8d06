// SPDX-License-Identifier: MIT
// Inclusive sums within each work-group, by doubling distances in two local buffers.
kernel void scan(global const uint* restrict input, global uint* restrict output, local uint* from, local uint* to) {
  const uint item = get_local_id(0);
  from[item] = input[get_global_id(0)];
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint distance = 1; distance < get_local_size(0); distance *= 2) {
    to[item] = item >= distance ? from[item] + from[item - distance] : from[item];
    barrier(CLK_LOCAL_MEM_FENCE);
    local uint* other = from;
    from = to;
    to = other;
  }
  output[get_global_id(0)] = from[item];
}
