kernel void h(global uint* bins, global const uchar* text, uint n) {
  local uint mine[256];
  for (uint k = get_local_id(0); k < 256; k += get_local_size(0)) mine[k] = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  for (uint k = get_global_id(0); k < n; k += get_global_size(0)) atomic_inc(&mine[text[k]]);
  barrier(CLK_LOCAL_MEM_FENCE);
  atomic_add(&bins[get_local_id(0) & 255], mine[get_local_id(0) & 255]);
}
