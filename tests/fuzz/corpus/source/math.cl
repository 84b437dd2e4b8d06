kernel void m(global float* f, global double* d) {
  size_t i = get_global_id(0);
  float c; f[i] = sincos(f[i], &c) + pow(c, 3.5f) + fma(f[i], c, 1.0f) + ldexp(f[i], 3);
  d[i] = exp2(d[i]) / hypot(d[i], 2.0);
}
