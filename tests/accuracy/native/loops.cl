// SPDX-License-Identifier: MIT
// One loop over arrays for each function and precision that the library has. The build writes library.h, which includes
// the library's files, and loops.h, one LOOP_<shape> for each function found in them.
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#include "library.h"

#define LOOP_HEAD(name, suffix)                                                                                        \
  void loop_##name##_##suffix(__global const void* first, __global const void* second, __global void* result,          \
                              __global void* second_result, ulong count);                                              \
  void loop_##name##_##suffix(__global const void* first, __global const void* second, __global void* result,          \
                              __global void* second_result, ulong count)
#define A(T) (((__global const T*)first)[i])
#define B(T) (((__global const T*)second)[i])
#define R(T) (((__global T*)result)[i])
#define S(T) (((__global T*)second_result)[i])

#define LOOP_unary(name, suffix, T, U)                                                                                 \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) R(T) = __dc_##name##_##suffix(A(T));                                             \
  }
#define LOOP_binary(name, suffix, T, U)                                                                                \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) R(T) = __dc_##name##_##suffix(A(T), B(T));                                       \
  }
#define LOOP_with_int(name, suffix, T, U)                                                                              \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) R(T) = __dc_##name##_##suffix(A(T), B(int));                                     \
  }
#define LOOP_to_int(name, suffix, T, U)                                                                                \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) R(int) = __dc_##name##_##suffix(A(T));                                           \
  }
#define LOOP_from_code(name, suffix, T, U)                                                                             \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) R(T) = __dc_##name##_##suffix(A(U));                                             \
  }
#define LOOP_unary_and_value(name, suffix, T, U)                                                                       \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) {                                                                                \
      T other;                                                                                                         \
      R(T) = __dc_##name##_##suffix(A(T), &other);                                                                     \
      S(T) = other;                                                                                                    \
    }                                                                                                                  \
  }
#define LOOP_unary_and_int(name, suffix, T, U)                                                                         \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) {                                                                                \
      int other;                                                                                                       \
      R(T) = __dc_##name##_##suffix(A(T), &other);                                                                     \
      S(int) = other;                                                                                                  \
    }                                                                                                                  \
  }
#define LOOP_binary_and_int(name, suffix, T, U)                                                                        \
  LOOP_HEAD(name, suffix) {                                                                                            \
    for (ulong i = 0; i < count; ++i) {                                                                                \
      int other;                                                                                                       \
      R(T) = __dc_##name##_##suffix(A(T), B(T), &other);                                                               \
      S(int) = other;                                                                                                  \
    }                                                                                                                  \
  }

#include "loops.h"
