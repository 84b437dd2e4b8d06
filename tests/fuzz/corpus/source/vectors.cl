kernel void v(global float4* a, global int* b) {
  size_t i = get_global_id(0);
  float4 x = a[i].wzyx * (float4)(1, 2, 3, 4);
  a[i] = select(x, a[i], isless(x, a[i]));
  b[i] += convert_int_sat_rte(dot(x, x));
}
