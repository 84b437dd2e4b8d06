// SPDX-License-Identifier: MIT
extern "C" __global__ void clear_bins(unsigned* bins) { bins[blockIdx.x * blockDim.x + threadIdx.x] = 0; }

extern "C" __global__ void __launch_bounds__(256)
    histogram(const unsigned char* __restrict__ data, unsigned n, unsigned* __restrict__ bins) {
  __shared__ unsigned counts[256];
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x) counts[i] = 0;
  __syncthreads();
  for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
    atomicAdd(&counts[data[i]], 1u);
  __syncthreads();
  for (unsigned i = threadIdx.x; i < 256; i += blockDim.x) atomicAdd(&bins[i], counts[i]);
}
