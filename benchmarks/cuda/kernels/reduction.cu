// SPDX-License-Identifier: MIT
extern __shared__ float tree[];

extern "C" __global__ void __launch_bounds__(256)
    reduction(const float* __restrict__ input, unsigned n, float* __restrict__ partial) {
  const unsigned item = threadIdx.x;
  float sum = 0.0f;
  for (unsigned i = blockIdx.x * blockDim.x + item; i < n; i += gridDim.x * blockDim.x) sum += input[i];
  tree[item] = sum;
  __syncthreads();
  for (unsigned width = blockDim.x / 2; width > 0; width /= 2) {
    if (item < width) tree[item] += tree[item + width];
    __syncthreads();
  }
  if (item == 0) partial[blockIdx.x] = tree[0];
}
