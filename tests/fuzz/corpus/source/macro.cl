#define A(x) B(x) B(x)
#define B(x) C(x) C(x)
#define C(x) x x
kernel void m(global int* y) { int z = 0; A(z += y[0];) y[1] = z; }
