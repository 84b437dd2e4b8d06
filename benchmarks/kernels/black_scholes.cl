// SPDX-License-Identifier: MIT
// European options after Black and Scholes; the normal distribution after Abramowitz and Stegun, 26.2.17.
float cumulative_normal(float d) {
  const float k = 1.0f / (1.0f + 0.2316419f * fabs(d));
  const float series =
      k * (0.319381530f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
  const float tail = 0.39894228040143267794f * exp(-0.5f * d * d) * series;
  return d > 0.0f ? 1.0f - tail : tail;
}

kernel void black_scholes(float rate, float volatility, global const float* restrict price,
                          global const float* restrict strike, global const float* restrict years,
                          global float* restrict call, global float* restrict put) {
  const size_t i = get_global_id(0);
  const float s = price[i], x = strike[i], t = years[i];
  const float root = sqrt(t);
  const float d1 = (log(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
  const float d2 = d1 - volatility * root;
  const float n1 = cumulative_normal(d1), n2 = cumulative_normal(d2);
  const float discounted = x * exp(-rate * t);
  call[i] = s * n1 - discounted * n2;
  put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
}
