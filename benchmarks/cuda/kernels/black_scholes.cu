// SPDX-License-Identifier: MIT
// As many threads as options: the sizes are multiples of the block.
__device__ float cumulative_normal(float d) {
  const float k = 1.0f / (1.0f + 0.2316419f * fabsf(d));
  const float series =
      k * (0.319381530f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
  const float tail = 0.39894228040143267794f * expf(-0.5f * d * d) * series;
  return d > 0.0f ? 1.0f - tail : tail;
}

extern "C" __global__ void __launch_bounds__(256)
    black_scholes(float rate, float volatility, const float* __restrict__ price, const float* __restrict__ strike,
                  const float* __restrict__ years, float* __restrict__ call, float* __restrict__ put) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  const float s = price[i], x = strike[i], t = years[i];
  const float root = sqrtf(t);
  const float d1 = (logf(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
  const float d2 = d1 - volatility * root;
  const float n1 = cumulative_normal(d1), n2 = cumulative_normal(d2);
  const float discounted = x * expf(-rate * t);
  call[i] = s * n1 - discounted * n2;
  put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}
