// SPDX-License-Identifier: MIT
// CUDA C's words and built-in functions for kernels that are compiled as C++ for the host: those that generated kernels
// use, and a few more for kernels written by hand. Included before every text; it includes no standard header, so that
// it costs hundreds of kernels little. Results where C++ leaves them open are those of the PTX ISA.
#pragma once

#include "device_runtime.hpp"

#define __global__
#define __device__ __attribute__((visibility("default"))) // variables are found by name
#define __host__
#define __grid_constant__
#define __constant__ __attribute__((used, visibility("default")))
#define __shared__ static thread_local // blocks run one after another on one host thread
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

#define threadIdx (fake_cuda_thread->thread)
#define blockIdx (fake_cuda_thread->block)
#define blockDim (fake_cuda_thread->block_size)
#define gridDim (fake_cuda_thread->grid_size)
#define warpSize 32

struct __align__(16) float4 {
  float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) {
  return {x, y, z, w};
}

inline void __syncthreads() {
  fake_cuda_barrier(0);
}
inline int __syncthreads_count(int p) {
  return (int)fake_cuda_barrier(p != 0);
}
inline int __syncthreads_or(int p) {
  return fake_cuda_barrier(p != 0) != 0;
}
inline int __syncthreads_and(int p) {
  return fake_cuda_barrier(p == 0) == 0;
}
inline void __threadfence() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
inline void __threadfence_block() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
inline void __threadfence_system() {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
[[noreturn]] inline void __trap() {
  fake_cuda_stop(719);
}
template <class T>
inline T __ldg(const T* at) {
  return *at;
}

// Atomics: the value of before.
template <class T>
struct fake_cuda_same {
  using type = T;
};
#define FAKE_CUDA_ATOMIC(name, builtin)                                                                                \
  inline int name(int* at, int v) {                                                                                    \
    return __atomic_fetch_##builtin(at, v, __ATOMIC_RELAXED);                                                          \
  }                                                                                                                    \
  inline unsigned name(unsigned* at, unsigned v) {                                                                     \
    return __atomic_fetch_##builtin(at, v, __ATOMIC_RELAXED);                                                          \
  }                                                                                                                    \
  inline unsigned long long name(unsigned long long* at, unsigned long long v) {                                       \
    return __atomic_fetch_##builtin(at, v, __ATOMIC_RELAXED);                                                          \
  }
FAKE_CUDA_ATOMIC(atomicAdd, add)
FAKE_CUDA_ATOMIC(atomicSub, sub)
FAKE_CUDA_ATOMIC(atomicAnd, and)
FAKE_CUDA_ATOMIC(atomicOr, or)
FAKE_CUDA_ATOMIC(atomicXor, xor)

template <class T>
inline T atomicExch(T* at, typename fake_cuda_same<T>::type v) {
  T old;
  __atomic_exchange(at, &v, &old, __ATOMIC_RELAXED);
  return old;
}
template <class T>
inline T atomicCAS(T* at, typename fake_cuda_same<T>::type expected, typename fake_cuda_same<T>::type v) {
  __atomic_compare_exchange(at, &expected, &v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
template <class T, class Better>
inline T fake_cuda_replace(T* at, T v, Better is_better) {
  T old = __atomic_load_n(at, __ATOMIC_RELAXED);
  while (is_better(v, old) && !__atomic_compare_exchange_n(at, &old, v, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return old;
}
template <class T>
inline T atomicMin(T* at, typename fake_cuda_same<T>::type v) {
  return fake_cuda_replace(at, v, [](T a, T b) { return a < b; });
}
template <class T>
inline T atomicMax(T* at, typename fake_cuda_same<T>::type v) {
  return fake_cuda_replace(at, v, [](T a, T b) { return a > b; });
}
inline float atomicAdd(float* at, float v) {
  unsigned* const bits = (unsigned*)at;
  unsigned old = __atomic_load_n(bits, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(bits, &old, __builtin_bit_cast(unsigned, __builtin_bit_cast(float, old) + v),
                                      false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return __builtin_bit_cast(float, old);
}

// Bits.
inline unsigned __float_as_uint(float v) {
  return __builtin_bit_cast(unsigned, v);
}
inline int __float_as_int(float v) {
  return __builtin_bit_cast(int, v);
}
inline float __uint_as_float(unsigned v) {
  return __builtin_bit_cast(float, v);
}
inline float __int_as_float(int v) {
  return __builtin_bit_cast(float, v);
}
inline long long __double_as_longlong(double v) {
  return __builtin_bit_cast(long long, v);
}
inline double __longlong_as_double(long long v) {
  return __builtin_bit_cast(double, v);
}
inline int __clz(int v) {
  return v == 0 ? 32 : __builtin_clz((unsigned)v);
}
inline int __clzll(long long v) {
  return v == 0 ? 64 : __builtin_clzll((unsigned long long)v);
}
inline int __popc(unsigned v) {
  return __builtin_popcount(v);
}
inline int __popcll(unsigned long long v) {
  return __builtin_popcountll(v);
}
inline int __ffs(int v) {
  return __builtin_ffs(v);
}
inline unsigned __brev(unsigned v) {
  v = __builtin_bswap32(v);
  v = (v & 0x0f0f0f0fu) << 4 | (v >> 4 & 0x0f0f0f0fu);
  v = (v & 0x33333333u) << 2 | (v >> 2 & 0x33333333u);
  return (v & 0x55555555u) << 1 | (v >> 1 & 0x55555555u);
}
inline unsigned long long __brevll(unsigned long long v) {
  return (unsigned long long)__brev((unsigned)v) << 32 | __brev((unsigned)(v >> 32));
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned n) {
  return (unsigned)(((unsigned long long)high << 32 | low) << (n & 31) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned n) {
  return (unsigned)(((unsigned long long)high << 32 | low) >> (n & 31));
}

// Integers.
inline unsigned __umulhi(unsigned a, unsigned b) {
  return (unsigned)((unsigned long long)a * b >> 32);
}
inline int __mulhi(int a, int b) {
  return (int)((long long)a * b >> 32);
}
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)((unsigned __int128)a * b >> 64);
}
inline long long __mul64hi(long long a, long long b) {
  return (long long)((__int128)a * b >> 64);
}
#define FAKE_CUDA_ORDER(T)                                                                                             \
  inline T min(T a, T b) {                                                                                             \
    return b < a ? b : a;                                                                                              \
  }                                                                                                                    \
  inline T max(T a, T b) {                                                                                             \
    return a < b ? b : a;                                                                                              \
  }
FAKE_CUDA_ORDER(int)
FAKE_CUDA_ORDER(unsigned)
FAKE_CUDA_ORDER(long long)
FAKE_CUDA_ORDER(unsigned long long)

// Towards zero, saturating. A NaN is zero between 32-bit numbers, else the number with only its highest bit set.
template <class To, class From>
inline To fake_cuda_convert(From v) {
  constexpr bool is_signed = To(-1) < To(0);
  constexpr unsigned bits = sizeof(To) * 8;
  constexpr To high_bit = To(1ull << (bits - 1));
  constexpr To least = is_signed ? high_bit : To(0), most = To(~least);
  if (v != v) return sizeof(From) == 4 && sizeof(To) == 4 ? To(0) : high_bit;
  // 2^(bits - 1) or 2^bits, both exact.
  const From limit = From(high_bit < To(0) ? -From(high_bit) : From(high_bit)) * (is_signed ? From(1) : From(2));
  if (v >= limit) return most;
  if (v <= (is_signed ? -limit : From(0))) return least;
  return To(v);
}
inline int __float2int_rz(float v) {
  return fake_cuda_convert<int>(v);
}
inline unsigned __float2uint_rz(float v) {
  return fake_cuda_convert<unsigned>(v);
}
inline long long __float2ll_rz(float v) {
  return fake_cuda_convert<long long>(v);
}
inline unsigned long long __float2ull_rz(float v) {
  return fake_cuda_convert<unsigned long long>(v);
}
inline int __double2int_rz(double v) {
  return fake_cuda_convert<int>(v);
}
inline unsigned __double2uint_rz(double v) {
  return fake_cuda_convert<unsigned>(v);
}
inline long long __double2ll_rz(double v) {
  return fake_cuda_convert<long long>(v);
}
inline unsigned long long __double2ull_rz(double v) {
  return fake_cuda_convert<unsigned long long>(v);
}

// Real numbers.
extern "C" {
float expf(float), logf(float), exp2f(float), log2f(float), log10f(float), sinf(float), cosf(float), tanf(float);
float powf(float, float);
float fmaf(float, float, float), sqrtf(float), fabsf(float), floorf(float), ceilf(float), truncf(float), rintf(float);
float fminf(float, float), fmaxf(float, float), copysignf(float, float);
double fma(double, double, double), sqrt(double), fabs(double), floor(double), ceil(double), trunc(double);
double rint(double), fmin(double, double), fmax(double, double), copysign(double, double);
}
inline float rsqrtf(float v) {
  return (float)(1.0 / __builtin_sqrt((double)v));
}
inline double rsqrt(double v) {
  return 1.0 / __builtin_sqrt(v);
}
inline float __fdividef(float a, float b) {
  return a / b;
}

// The hardware's approximations: here they are as exact as the host's.
inline float __expf(float v) {
  return expf(v);
}
inline float __exp10f(float v) {
  return (float)__builtin_pow(10.0, (double)v);
}
inline float __logf(float v) {
  return logf(v);
}
inline float __log2f(float v) {
  return log2f(v);
}
inline float __log10f(float v) {
  return log10f(v);
}
inline float __sinf(float v) {
  return sinf(v);
}
inline float __cosf(float v) {
  return cosf(v);
}
inline float __tanf(float v) {
  return tanf(v);
}
inline float __powf(float a, float b) {
  return exp2f(b * log2f(a));
}

// What is never fused.
inline float __fadd_rn(float a, float b) {
  return a + b;
}
inline float __fsub_rn(float a, float b) {
  return a - b;
}
inline float __fmul_rn(float a, float b) {
  return a * b;
}
inline float __fsqrt_rn(float v) {
  return sqrtf(v);
}
inline double __dadd_rn(double a, double b) {
  return a + b;
}
inline double __dsub_rn(double a, double b) {
  return a - b;
}
inline double __dmul_rn(double a, double b) {
  return a * b;
}

// How the driver calls a kernel.
template <unsigned... i>
struct fake_cuda_sequence {};
template <unsigned n, unsigned... i>
struct fake_cuda_count : fake_cuda_count<n - 1, n - 1, i...> {};
template <unsigned... i>
struct fake_cuda_count<0, i...> {
  using type = fake_cuda_sequence<i...>;
};
template <auto kernel>
struct fake_cuda_entry;
template <class... P, void (*kernel)(P...)>
struct fake_cuda_entry<kernel> {
  static constexpr unsigned count = sizeof...(P);
  static constexpr unsigned sizes[count + 1] = {sizeof(P)..., 0};
  template <unsigned... i>
  static void call_with(void** parameters, fake_cuda_sequence<i...>) {
    kernel(*(P*)parameters[i]...);
  }
  static void call(void** parameters) { call_with(parameters, typename fake_cuda_count<count>::type{}); }
};
constexpr unsigned fake_cuda_bound() {
  return 0;
}
template <class... T>
constexpr unsigned fake_cuda_bound(unsigned threads, T...) {
  return threads;
}
