#define LIMIT 10
struct pair { int a; short b[3]; };
constant int table[4] = {1, 2, 3, 4};
int helper(struct pair p, int n) {
  switch (n) {
  case 0: return p.a;
  case 1: p.b[n] = 3; // on to the next
  default: break;
  }
  do { if (p.a++ > LIMIT) continue; n += p.b[n & 1]; } while (n < 20);
  return n ? p.a : table[n & 3];
}
kernel void c(global int* x, struct pair p) {
  uint i = get_global_id(0);
  while (x[i] > 0) { if (x[i] == 7) break; x[i] = helper(p, x[i]) - 1; }
}
