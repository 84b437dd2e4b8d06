// SPDX-License-Identifier: MIT
// Arithmetic and next to no memory, for as long as `turns` says.
kernel void spin(int turns, global float* value) {
  const int i = get_global_id(0);
  float x = value[i];
  for (int turn = 0; turn < turns; ++turn) x = x * 0.5f + 1.0f;
  value[i] = x;
}
