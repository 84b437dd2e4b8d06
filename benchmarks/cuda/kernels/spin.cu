// SPDX-License-Identifier: MIT
extern "C" __global__ void __launch_bounds__(256) spin(int turns, float* value) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  float x = value[i];
  for (int turn = 0; turn < turns; ++turn) x = x * 0.5f + 1.0f;
  value[i] = x;
}
