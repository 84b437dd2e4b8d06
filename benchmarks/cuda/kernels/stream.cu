// SPDX-License-Identifier: MIT
// As many threads as elements: the sizes are multiples of the block.
extern "C" __global__ void __launch_bounds__(256) copy(const float* __restrict__ a, float* __restrict__ c) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  c[i] = a[i];
}

extern "C" __global__ void __launch_bounds__(256) mul(float scalar, const float* __restrict__ c,
                                                      float* __restrict__ b) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  b[i] = scalar * c[i];
}

extern "C" __global__ void __launch_bounds__(256)
    add(const float* __restrict__ a, const float* __restrict__ b, float* __restrict__ c) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  c[i] = a[i] + b[i];
}

extern "C" __global__ void __launch_bounds__(256)
    triad(float scalar, const float* __restrict__ b, const float* __restrict__ c, float* __restrict__ a) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  a[i] = b[i] + scalar * c[i];
}

extern __shared__ float tree[];

__device__ void sum_block(float sum, float* __restrict__ result) {
  const unsigned item = threadIdx.x;
  tree[item] = sum;
  __syncthreads();
  for (unsigned width = blockDim.x / 2; width > 0; width /= 2) {
    if (item < width) tree[item] += tree[item + width];
    __syncthreads();
  }
  if (item == 0) *result = tree[0];
}

extern "C" __global__ void __launch_bounds__(256)
    dot_product(const float* __restrict__ a, const float* __restrict__ b, unsigned n, float* __restrict__ partial) {
  float sum = 0.0f;
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) sum += a[i] * b[i];
  sum_block(sum, &partial[blockIdx.x]);
}

extern "C" __global__ void __launch_bounds__(256)
    sum_in_tree(const float* __restrict__ partial, unsigned n, float* __restrict__ result) {
  float sum = 0.0f;
  for (unsigned i = threadIdx.x; i < n; i += blockDim.x) sum += partial[i];
  sum_block(sum, result);
}
