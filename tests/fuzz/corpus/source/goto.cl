kernel void g(global int* x) { int i = 0; again: x[i] = i; if (++i < 3) goto again; }
