// SPDX-License-Identifier: MIT
// Loops as an engineer who knows OpenMP writes them: parallel over the outer dimension, simd over the inner one.
#include "peer.hpp"

#include <algorithm>
#include <cmath>
#include <omp.h>

namespace {

using dotcompute::benchmark::openmp_peer;

int usable() {
#if defined(__x86_64__)
  __builtin_cpu_init();
#ifdef __AVX2__
  if (!__builtin_cpu_supports("avx2")) return 0;
#endif
#ifdef __FMA__
  if (!__builtin_cpu_supports("fma")) return 0;
#endif
#ifdef __AVX512F__
  if (!__builtin_cpu_supports("avx512f")) return 0;
#endif
#ifdef __AVX512VL__
  if (!__builtin_cpu_supports("avx512vl")) return 0;
#endif
#ifdef __AVX512BW__
  if (!__builtin_cpu_supports("avx512bw")) return 0;
#endif
#endif
  return 1;
}

int threads() {
  return omp_get_max_threads();
}

void fill(float* data, std::size_t n, float value) {
#pragma omp parallel for simd schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    data[i] = value;
}

void sgemm(int n, const float* __restrict a, const float* __restrict b, float* __restrict c) {
  constexpr int block = 64;
#pragma omp parallel for schedule(static)
  for (int i0 = 0; i0 < n; i0 += block) {
    const int i1 = std::min(i0 + block, n);
    for (int i = i0; i < i1; ++i)
      std::fill(c + std::size_t(i) * n, c + std::size_t(i + 1) * n, 0.0f);
    for (int k0 = 0; k0 < n; k0 += block) {
      const int k1 = std::min(k0 + block, n);
      for (int i = i0; i < i1; ++i) {
        float* row = c + std::size_t(i) * n;
        for (int k = k0; k < k1; ++k) {
          const float factor = a[std::size_t(i) * n + k];
          const float* other = b + std::size_t(k) * n;
#pragma omp simd
          for (int j = 0; j < n; ++j)
            row[j] += factor * other[j];
        }
      }
    }
  }
}

void nbody(int n, float dt, float softening, const float* __restrict position, const float* __restrict velocity,
           float* __restrict new_position, float* __restrict new_velocity) {
#pragma omp parallel for schedule(static)
  for (int i = 0; i < n; ++i) {
    const float px = position[4 * i], py = position[4 * i + 1], pz = position[4 * i + 2];
    float ax = 0, ay = 0, az = 0;
#pragma omp simd reduction(+ : ax, ay, az)
    for (int j = 0; j < n; ++j) {
      const float dx = position[4 * j] - px, dy = position[4 * j + 1] - py, dz = position[4 * j + 2] - pz;
      const float inverse = 1.0f / std::sqrt(dx * dx + dy * dy + dz * dz + softening);
      const float strength = position[4 * j + 3] * inverse * inverse * inverse;
      ax += dx * strength;
      ay += dy * strength;
      az += dz * strength;
    }
    const float vx = velocity[4 * i] + ax * dt, vy = velocity[4 * i + 1] + ay * dt, vz = velocity[4 * i + 2] + az * dt;
    new_velocity[4 * i] = vx;
    new_velocity[4 * i + 1] = vy;
    new_velocity[4 * i + 2] = vz;
    new_velocity[4 * i + 3] = velocity[4 * i + 3];
    new_position[4 * i] = px + vx * dt;
    new_position[4 * i + 1] = py + vy * dt;
    new_position[4 * i + 2] = pz + vz * dt;
    new_position[4 * i + 3] = position[4 * i + 3];
  }
}

void mandelbrot(float left, float top, float step, int width, int height, int limit, int* __restrict iterations) {
#pragma omp parallel for schedule(dynamic, 8)
  for (int row = 0; row < height; ++row) {
#pragma omp simd
    for (int column = 0; column < width; ++column) {
      const float cx = left + step * static_cast<float>(column), cy = top + step * static_cast<float>(row);
      float x = 0, y = 0;
      int i = 0;
      while (i < limit && x * x + y * y < 4.0f) {
        const float next = x * x - y * y + cx;
        y = 2.0f * x * y + cy;
        x = next;
        ++i;
      }
      iterations[std::size_t(row) * width + column] = i;
    }
  }
}

float reduction(const float* input, std::size_t n) {
  float sum = 0;
#pragma omp parallel for simd reduction(+ : sum) schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    sum += input[i];
  return sum;
}

void copy(const float* __restrict a, float* __restrict c, std::size_t n) {
#pragma omp parallel for simd schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    c[i] = a[i];
}

void mul(float scalar, const float* __restrict c, float* __restrict b, std::size_t n) {
#pragma omp parallel for simd schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    b[i] = scalar * c[i];
}

void add(const float* __restrict a, const float* __restrict b, float* __restrict c, std::size_t n) {
#pragma omp parallel for simd schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    c[i] = a[i] + b[i];
}

void triad(float scalar, const float* __restrict b, const float* __restrict c, float* __restrict a, std::size_t n) {
#pragma omp parallel for simd schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    a[i] = b[i] + scalar * c[i];
}

float dot(const float* a, const float* b, std::size_t n) {
  float sum = 0;
#pragma omp parallel for simd reduction(+ : sum) schedule(static)
  for (std::size_t i = 0; i < n; ++i)
    sum += a[i] * b[i];
  return sum;
}

inline float cumulative_normal(float d) {
  const float k = 1.0f / (1.0f + 0.2316419f * std::fabs(d));
  const float series =
      k * (0.319381530f + k * (-0.356563782f + k * (1.781477937f + k * (-1.821255978f + k * 1.330274429f))));
  const float tail = 0.39894228040143267794f * std::exp(-0.5f * d * d) * series;
  return d > 0.0f ? 1.0f - tail : tail;
}

void black_scholes(float rate, float volatility, const float* __restrict price, const float* __restrict strike,
                   const float* __restrict years, float* __restrict call, float* __restrict put, std::size_t n) {
#pragma omp parallel for simd schedule(static)
  for (std::size_t i = 0; i < n; ++i) {
    const float s = price[i], x = strike[i], t = years[i];
    const float root = std::sqrt(t);
    const float d1 = (std::log(s / x) + (rate + 0.5f * volatility * volatility) * t) / (volatility * root);
    const float d2 = d1 - volatility * root;
    const float n1 = cumulative_normal(d1), n2 = cumulative_normal(d2);
    const float discounted = x * std::exp(-rate * t);
    call[i] = s * n1 - discounted * n2;
    put[i] = discounted * (1.0f - n2) - s * (1.0f - n1);
  }
}

void stencil(int width, int height, const float* __restrict from, float* __restrict to) {
#pragma omp parallel for schedule(static)
  for (int y = 0; y < height; ++y) {
    const float* centre = from + std::size_t(y) * width;
    float* row = to + std::size_t(y) * width;
    if (y == 0 || y == height - 1) {
      std::copy(centre, centre + width, row);
      continue;
    }
    row[0] = centre[0];
#pragma omp simd
    for (int x = 1; x < width - 1; ++x)
      row[x] = 0.5f * centre[x] + 0.125f * (centre[x - 1] + centre[x + 1] + centre[x - width] + centre[x + width]);
    row[width - 1] = centre[width - 1];
  }
}

void spmv(int rows, const int* __restrict row_start, const int* __restrict column, const float* __restrict value,
          const float* __restrict x, float* __restrict y) {
#pragma omp parallel for schedule(dynamic, 1024)
  for (int row = 0; row < rows; ++row) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int i = row_start[row]; i < row_start[row + 1]; ++i)
      sum += value[i] * x[column[i]];
    y[row] = sum;
  }
}

void histogram(const std::uint8_t* data, std::size_t n, std::uint32_t* bins) {
  std::fill(bins, bins + 256, 0u);
#pragma omp parallel
  {
    std::uint32_t counts[256] = {};
#pragma omp for schedule(static) nowait
    for (std::size_t i = 0; i < n; ++i)
      ++counts[data[i]];
#pragma omp critical
    for (int i = 0; i < 256; ++i)
      bins[i] += counts[i];
  }
}

void scan(const std::uint32_t* __restrict input, std::uint32_t* __restrict output, std::size_t n, std::size_t block) {
#pragma omp parallel for schedule(static)
  for (std::size_t first = 0; first < n; first += block) {
    std::uint32_t sum = 0;
    const std::size_t last = std::min(first + block, n);
#pragma omp simd reduction(inscan, + : sum)
    for (std::size_t i = first; i < last; ++i) {
      sum += input[i];
#pragma omp scan inclusive(sum)
      output[i] = sum;
    }
  }
}

void empty() {
#pragma omp parallel
  asm volatile("");
}

#ifdef __FAST_MATH__
#define DESCRIPTION_OPTIONS "-O3 -march=native -fopenmp -ffast-math"
#else
#define DESCRIPTION_OPTIONS "-O3 -march=native -fopenmp"
#endif
#if defined(__clang__)
#define DESCRIPTION_COMPILER "clang "
#else
#define DESCRIPTION_COMPILER "g++ "
#endif

constexpr openmp_peer functions{dotcompute::benchmark::openmp_peer_version,
                                DESCRIPTION_COMPILER __VERSION__ " " DESCRIPTION_OPTIONS,
                                usable,
                                threads,
                                fill,
                                sgemm,
                                nbody,
                                mandelbrot,
                                reduction,
                                copy,
                                mul,
                                add,
                                triad,
                                dot,
                                black_scholes,
                                stencil,
                                spmv,
                                histogram,
                                scan,
                                empty};

} // namespace

extern "C" __attribute__((visibility("default"))) const openmp_peer* dotcompute_openmp_peer() {
  return &functions;
}
