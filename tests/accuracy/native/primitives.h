// SPDX-License-Identifier: MIT
// The operations that the library of builtins is written in, and no others, so that its files can be compiled by clang
// alone (-x cl, without the OpenCL header): what is missing here may not be used there.
#define DC_OVERLOAD static inline __attribute__((overloadable, always_inline))

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
typedef float float2 __attribute__((ext_vector_type(2)));
typedef double double2 __attribute__((ext_vector_type(2)));
typedef uint uint2 __attribute__((ext_vector_type(2)));

#define INFINITY (__builtin_huge_valf())
#define NAN (__builtin_nanf(""))

#define as_int(x) __builtin_astype((x), int)
#define as_uint(x) __builtin_astype((x), uint)
#define as_float(x) __builtin_astype((x), float)
#define as_long(x) __builtin_astype((x), long)
#define as_ulong(x) __builtin_astype((x), ulong)
#define as_double(x) __builtin_astype((x), double)

#define DC_FLOATING(T)                                                                                                 \
  DC_OVERLOAD T fma(T a, T b, T c) {                                                                                   \
    return __builtin_elementwise_fma(a, b, c);                                                                         \
  }                                                                                                                    \
  DC_OVERLOAD T mad(T a, T b, T c) {                                                                                   \
    return a * b + c;                                                                                                  \
  }                                                                                                                    \
  DC_OVERLOAD T fabs(T a) {                                                                                            \
    return __builtin_elementwise_abs(a);                                                                               \
  }                                                                                                                    \
  DC_OVERLOAD T floor(T a) {                                                                                           \
    return __builtin_elementwise_floor(a);                                                                             \
  }                                                                                                                    \
  DC_OVERLOAD T ceil(T a) {                                                                                            \
    return __builtin_elementwise_ceil(a);                                                                              \
  }                                                                                                                    \
  DC_OVERLOAD T trunc(T a) {                                                                                           \
    return __builtin_elementwise_trunc(a);                                                                             \
  }                                                                                                                    \
  DC_OVERLOAD T rint(T a) {                                                                                            \
    return __builtin_elementwise_rint(a);                                                                              \
  }                                                                                                                    \
  DC_OVERLOAD T sqrt(T a) {                                                                                            \
    return __builtin_elementwise_sqrt(a);                                                                              \
  }                                                                                                                    \
  DC_OVERLOAD T fmin(T a, T b) {                                                                                       \
    return __builtin_elementwise_min(a, b);                                                                            \
  }                                                                                                                    \
  DC_OVERLOAD T fmax(T a, T b) {                                                                                       \
    return __builtin_elementwise_max(a, b);                                                                            \
  }                                                                                                                    \
  DC_OVERLOAD T copysign(T a, T b) {                                                                                   \
    return __builtin_elementwise_copysign(a, b);                                                                       \
  }                                                                                                                    \
  DC_OVERLOAD int isnan(T a) {                                                                                         \
    return a != a;                                                                                                     \
  }                                                                                                                    \
  DC_OVERLOAD int isinf(T a) {                                                                                         \
    return fabs(a) == INFINITY;                                                                                        \
  }
DC_FLOATING(float)
DC_FLOATING(double)

#define DC_INTEGER(T)                                                                                                  \
  DC_OVERLOAD T min(T a, T b) {                                                                                        \
    return a < b ? a : b;                                                                                              \
  }                                                                                                                    \
  DC_OVERLOAD T max(T a, T b) {                                                                                        \
    return a > b ? a : b;                                                                                              \
  }
DC_INTEGER(int)
DC_INTEGER(uint)
DC_INTEGER(long)
DC_INTEGER(ulong)

DC_OVERLOAD uint clz(uint a) {
  return a == 0u ? 32u : (uint)__builtin_clz(a);
}
DC_OVERLOAD ulong clz(ulong a) {
  return a == 0u ? 64u : (ulong)__builtin_clzl(a);
}
DC_OVERLOAD uint mul_hi(uint a, uint b) {
  return (uint)(((ulong)a * b) >> 32);
}
DC_OVERLOAD ulong mul_hi(ulong a, ulong b) {
  return (ulong)(((unsigned __int128)a * b) >> 64);
}
