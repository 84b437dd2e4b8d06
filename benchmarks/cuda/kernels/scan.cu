// SPDX-License-Identifier: MIT
extern __shared__ unsigned sums[];

extern "C" __global__ void __launch_bounds__(256)
    scan(const unsigned* __restrict__ input, unsigned* __restrict__ output) {
  const unsigned item = threadIdx.x, i = blockIdx.x * blockDim.x + item;
  unsigned *from = sums, *to = sums + blockDim.x;
  from[item] = input[i];
  __syncthreads();
  for (unsigned distance = 1; distance < blockDim.x; distance *= 2) {
    to[item] = item >= distance ? from[item] + from[item - distance] : from[item];
    __syncthreads();
    unsigned* other = from;
    from = to;
    to = other;
  }
  output[i] = from[item];
}
