kernel void d(global int* x) { if (get_local_id(0) & 1) barrier(CLK_LOCAL_MEM_FENCE); x[0] = 1; }
