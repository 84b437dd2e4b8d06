// SPDX-License-Identifier: MIT
// What generated CUDA C may use beside C++17: a few types and functions of its own, put in front of the kernels that
// name them, and the following of CUDA's built-in names. Nothing else, no header, and no PTX but for conversions of
// half precision numbers, which stand behind `#ifdef __CUDA_ARCH__` beside plain C++ that gives the same results.
//
//   __global__ __device__ __constant__ __shared__ __forceinline__ __launch_bounds__(n) __align__(n) __restrict__
//   __grid_constant__
//   threadIdx blockIdx blockDim (.x .y .z)
//   __syncthreads() __threadfence() __threadfence_block() __threadfence_system()
//   atomicAdd atomicExch atomicCAS atomicAnd atomicOr atomicXor (unsigned, unsigned long long)
//   atomicMin atomicMax (int, unsigned, long long, unsigned long long)
//   atomicAdd_system (unsigned long long)
//   __float_as_uint __uint_as_float __double_as_longlong __longlong_as_double
//   __float2int_rz __float2uint_rz __float2ll_rz __float2ull_rz and the same from double (__double2int_rz ...)
//   __umulhi __mulhi __umul64hi __mul64hi __clz __clzll __popc __popcll __brev __brevll __funnelshift_l
//   min max (int, unsigned, long long, unsigned long long)
//   fmaf fma sqrtf sqrt rsqrtf rsqrt fabsf fabs floorf floor ceilf ceil truncf trunc rintf rint fminf fmin fmaxf fmax
//   copysignf copysign __fdividef
#pragma once

#include <string>
#include <string_view>

namespace dotcompute::cuda {

/// The declarations that `code` needs, in an order that compiles.
std::string prelude_for(std::string_view code);

/// Names that a kernel's own variables must not have: C++'s words, CUDA's and the prelude's.
bool is_reserved_name(std::string_view name);

} // namespace dotcompute::cuda
