kernel void p(global float2* x) { printf("%v2f %s %d%%\n", x[0], "text", (int)get_global_id(0)); }
