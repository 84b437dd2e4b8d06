// SPDX-License-Identifier: MIT
// The OpenMP peer: the workloads as plain C++ loops, in a shared object of its own so that the compiler may use every
// instruction of the machine that it is built on. Plain C types: it is opened at run time.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dotcompute::benchmark {

inline constexpr unsigned openmp_peer_version = 1;

struct openmp_peer {
  unsigned version;
  const char* description; ///< compiler and options
  /// Zero when this processor lacks an instruction set that the peer was compiled for.
  int (*usable)();
  int (*threads)();

  /// Fills in parallel, so that each page belongs to the thread that will use it.
  void (*fill)(float* data, std::size_t n, float value);

  void (*sgemm)(int n, const float* a, const float* b, float* c);
  void (*nbody)(int n, float dt, float softening, const float* position, const float* velocity, float* new_position,
                float* new_velocity);
  void (*mandelbrot)(float left, float top, float step, int width, int height, int limit, int* iterations);
  float (*reduction)(const float* input, std::size_t n);
  void (*copy)(const float* a, float* c, std::size_t n);
  void (*mul)(float scalar, const float* c, float* b, std::size_t n);
  void (*add)(const float* a, const float* b, float* c, std::size_t n);
  void (*triad)(float scalar, const float* b, const float* c, float* a, std::size_t n);
  float (*dot)(const float* a, const float* b, std::size_t n);
  void (*black_scholes)(float rate, float volatility, const float* price, const float* strike, const float* years,
                        float* call, float* put, std::size_t n);
  void (*stencil)(int width, int height, const float* from, float* to);
  void (*spmv)(int rows, const int* row_start, const int* column, const float* value, const float* x, float* y);
  void (*histogram)(const std::uint8_t* data, std::size_t n, std::uint32_t* bins);
  void (*scan)(const std::uint32_t* input, std::uint32_t* output, std::size_t n, std::size_t block);
  void (*empty)();
};

} // namespace dotcompute::benchmark

/// The only exported symbol.
extern "C" const dotcompute::benchmark::openmp_peer* dotcompute_openmp_peer();
