kernel void r(global float* x, local float* t) {
  int l = get_local_id(0);
  t[l] = x[get_global_id(0)];
  for (int n = get_local_size(0) / 2; n > 0; n >>= 1) {
    barrier(CLK_LOCAL_MEM_FENCE);
    if (l < n) t[l] += t[l + n];
  }
  if (l == 0) x[get_group_id(0)] = t[0];
}
