// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/prelude.hpp"

#include "compiler/targets/c/words.hpp"

#include <algorithm>
#include <array>

namespace dotcompute::cuda {

namespace {

using c_text::piece;

constexpr std::string_view types = R"(using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;
using i8 = signed char;
using i16 = short;
using i64 = long long;
)";

constexpr std::array pieces{
    piece{"launch_state", R"(
struct launch_state {
  u64 global_size[3], global_offset[3];
  u32 group_offset[3], group_count[3];
  u32 work_dimensions, coarse_blocks;
  u64 print_ring;
};
)"},
    piece{"safe_divisor", R"(
// What a may be divided by in place of b: dividing by zero and the overflow of least / -1 give a.
template <class T> __device__ __forceinline__ T safe_divisor(T a, T b) {
  constexpr bool is_signed = T(-1) < T(0);
  const T least = T(u64(1) << (8 * sizeof(T) - 1));
  return b == T(0) || (is_signed && b == T(-1) && a == least) ? T(1) : b;
}
)"},
    piece{"divide", R"(
template <class T> __device__ __forceinline__ T divide(T a, T b) { return a / safe_divisor(a, b); }
)"},
    piece{"modulo", R"(
template <class T> __device__ __forceinline__ T modulo(T a, T b) { return a % safe_divisor(a, b); }
)"},
    piece{"absolute", R"(
// Of a number and its negation.
template <class T> __device__ __forceinline__ T absolute(T a, T negated) { return a < T(0) ? negated : a; }
)"},
    piece{"opposite", R"(
// 0 - x, where a simple negation might become part of max(b, max(x, -x)): ptxas 13.0 makes one instruction of that for
// sm_90, and the sign is lost.
__device__ __forceinline__ u32 opposite(u32 x) {
#ifdef __CUDA_ARCH__
  u32 result;
  asm("{\n .reg .b32 inverse;\n not.b32 inverse, %1;\n add.s32 %0, inverse, 1;\n}" : "=r"(result) : "r"(x));
  return result;
#else
  return 0u - x;
#endif
}
)"},
    piece{"relaxed_log", R"(
// __logf() is off by up to 3.4 ulp below 0.5, where OpenCL allows 3; from there up it is not.
__device__ __forceinline__ float relaxed_log(float x) {
  return x < 0.5f ? __logf(x + x) - 0.693147181f : __logf(x);
}
)"},
    piece{"add_saturate", R"(
__device__ __forceinline__ u32 add_saturate(u32 a, u32 b) { return a + b < a ? ~0u : a + b; }
__device__ __forceinline__ u64 add_saturate(u64 a, u64 b) { return a + b < a ? ~0ull : a + b; }
__device__ __forceinline__ int add_saturate(int a, int b) {
  const int sum = (int)((u32)a + (u32)b);
  return ((a ^ sum) & (b ^ sum)) < 0 ? (a >> 31) ^ 0x7fffffff : sum;
}
__device__ __forceinline__ i64 add_saturate(i64 a, i64 b) {
  const i64 sum = (i64)((u64)a + (u64)b);
  return ((a ^ sum) & (b ^ sum)) < 0 ? (a >> 63) ^ 0x7fffffffffffffffll : sum;
}
)"},
    piece{"subtract_saturate", R"(
__device__ __forceinline__ u32 subtract_saturate(u32 a, u32 b) { return a < b ? 0u : a - b; }
__device__ __forceinline__ u64 subtract_saturate(u64 a, u64 b) { return a < b ? 0ull : a - b; }
__device__ __forceinline__ int subtract_saturate(int a, int b) {
  const int difference = (int)((u32)a - (u32)b);
  return ((a ^ b) & (a ^ difference)) < 0 ? (a >> 31) ^ 0x7fffffff : difference;
}
__device__ __forceinline__ i64 subtract_saturate(i64 a, i64 b) {
  const i64 difference = (i64)((u64)a - (u64)b);
  return ((a ^ b) & (a ^ difference)) < 0 ? (a >> 63) ^ 0x7fffffffffffffffll : difference;
}
)"},
    piece{"rotate_left", R"(
__device__ __forceinline__ u8 rotate_left(u8 a, u32 n) { return (u8)(a << (n & 7) | a >> (8 - (n & 7))); }
__device__ __forceinline__ u16 rotate_left(u16 a, u32 n) { return (u16)(a << (n & 15) | a >> (16 - (n & 15))); }
__device__ __forceinline__ u32 rotate_left(u32 a, u32 n) { return __funnelshift_l(a, a, n); }
__device__ __forceinline__ u64 rotate_left(u64 a, u32 n) { return a << (n & 63) | a >> (-n & 63); }
)"},
    piece{"half_to_float", R"(
__device__ __forceinline__ float half_to_float(u16 half) {
#ifdef __CUDA_ARCH__
  float number;
  asm("cvt.f32.f16 %0, %1;" : "=f"(number) : "h"(half));
  return number;
#else
  // Scaling makes the exponents meet; infinities and NaNs have to be put back.
  const float number = __uint_as_float((u32)(half & 0x7fff) << 13) * 5.192296858534828e33f;
  const u32 bits = __float_as_uint(number) | ((half & 0x7c00) == 0x7c00 ? 0x7f800000u : 0u);
  return __uint_as_float(bits | (u32)(half & 0x8000) << 16);
#endif
}
)"},
    piece{"double_to_half", R"(
__device__ __forceinline__ u16 double_to_half(double number) {
#ifdef __CUDA_ARCH__
  u16 half;
  asm("cvt.rn.f16.f64 %0, %1;" : "=h"(half) : "d"(number));
  return half;
#else
  const u64 bits = (u64)__double_as_longlong(number), size = bits & 0x7fffffffffffffffull;
  const u16 sign = (u16)(bits >> 48 & 0x8000);
  if (size > 0x7ff0000000000000ull) return (u16)(sign | 0x7e00 | (u16)(size >> 42 & 0x1ff));
  if (size >= 0x40effe0000000000ull) return (u16)(sign | 0x7c00); // rounds to 65536 or is more
  const int exponent = (int)(size >> 52) - 1023;
  if (exponent < -25) return sign;
  // The significand's last kept bit lies `drop` bits up; denormal halves keep fewer.
  const u64 significand = (size & 0xfffffffffffffull) | 0x10000000000000ull;
  const int drop = exponent < -14 ? 28 - exponent : 42;
  const u64 kept = significand >> drop, rest = significand & ((1ull << drop) - 1), half_way = 1ull << (drop - 1);
  const u64 rounded = kept + (rest > half_way || (rest == half_way && (kept & 1)) ? 1 : 0);
  // A carry out of the significand counts the exponent up, which is what it should do.
  return (u16)(sign | (u16)(exponent < -14 ? rounded : rounded + ((u64)(exponent + 14) << 10)));
#endif
}
)"},
    piece{"float_to_half", R"(
__device__ __forceinline__ u16 float_to_half(float number) {
#ifdef __CUDA_ARCH__
  u16 half;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(number));
  return half;
#else
  return double_to_half((double)number);
#endif
}
)"},
    piece{"copy_words", R"(
// Copies between places that do not overlap and are aligned for `word`.
template <class word, u32 count> __device__ __forceinline__ void copy_words(void* to, const void* from) {
#pragma unroll
  for (u32 i = 0; i < count; ++i) ((word*)to)[i] = ((const word*)from)[i];
}
)"},
    piece{"load_bytes", R"(
// A value where nothing says how it is aligned, as in packed structs.
template <class value> __device__ __forceinline__ value load_bytes(const void* from) {
  value whole;
#pragma unroll
  for (u32 i = 0; i < sizeof(value); ++i) ((u8*)&whole)[i] = ((const u8*)from)[i];
  return whole;
}
)"},
    piece{"store_bytes", R"(
template <class value> __device__ __forceinline__ void store_bytes(void* to, const value whole) {
#pragma unroll
  for (u32 i = 0; i < sizeof(value); ++i) ((u8*)to)[i] = ((const u8*)&whole)[i];
}
)"},
    piece{"print_reserve", R"(
// A record's place in the ring of printed text: the position of its header, or ~0 when there is no room.
struct print_ring {
  u64 consumed, lost, capacity, unused;
};
__device__ u64 print_taken, print_lost;
__device__ __forceinline__ u64 print_reserve(u64 address, u32 bytes) {
  print_ring* const ring = (print_ring*)address;
  for (u64 taken = *(volatile u64*)&print_taken;;) {
    const u64 consumed = *(volatile u64*)&ring->consumed, at = max(taken, consumed);
    if (at + bytes - consumed > ring->capacity) {
      *(volatile u64*)&ring->lost = atomicAdd(&print_lost, 1ull) + 1;
      return ~0ull;
    }
    const u64 found = atomicCAS(&print_taken, taken, at + bytes);
    if (found == taken) return at;
    taken = found;
  }
}
__device__ __forceinline__ void print_word(u64 address, u64 at, u64 word) {
  print_ring* const ring = (print_ring*)address;
  *(volatile u64*)((u8*)(ring + 1) + (at & (ring->capacity - 1))) = word;
}
// The header says that the record is whole, so it goes last.
__device__ __forceinline__ void print_finish(u64 address, u64 at, u32 bytes, u32 format) {
  __threadfence_system();
  print_word(address, at, (u64)(format + 1) << 32 | bytes);
}
)"},
};

constexpr std::string_view reserved_words[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char",
    "char16_t", "char32_t", "class", "compl", "const", "const_cast", "constexpr", "continue", "decltype", "default",
    "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false", "float", "for",
    "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq",
    "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "return",
    "short", "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this",
    "thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual",
    "void", "volatile", "wchar_t", "while", "xor", "xor_eq",
    // CUDA's built-in names, and macros that C++ compilers define.
    "threadIdx", "blockIdx", "blockDim", "gridDim", "warpSize", "atomicAdd", "atomicExch", "atomicCAS", "atomicAnd",
    "atomicOr", "atomicXor", "atomicMin", "atomicMax", "min", "max", "fmaf", "fma", "sqrtf", "sqrt", "rsqrtf", "rsqrt",
    "fabsf", "fabs", "floorf", "floor", "ceilf", "ceil", "truncf", "trunc", "rintf", "rint", "fminf", "fmin", "exp2f",
    "fmaxf", "fmax", "copysignf", "copysign", "linux", "unix", "NULL", "INFINITY", "NAN", "EOF", "errno", "assert",
    "main",
    // The prelude's.
    "u8", "u16", "u32", "u64", "i8", "i16", "i64", "local_memory", "launch", "print_ring", "print_word", "print_finish",
    "print_taken", "print_lost"};

} // namespace

std::string prelude_for(std::string_view code) {
  return std::string(types) + c_text::pieces_for(code, pieces);
}

bool is_reserved_name(std::string_view name) {
  // Constants, structs passed by value, kernels, and vectors: f32x4.
  for (const std::string_view start : {"__", "constant_", "struct_", "dc_"})
    if (name.starts_with(start)) return true;
  for (const std::string_view element : {"bool", "u8", "u16", "u32", "u64", "f32", "f64"})
    if (name.starts_with(element) && name.substr(element.size()).starts_with('x')) return true;
  if (std::find(std::begin(reserved_words), std::end(reserved_words), name) != std::end(reserved_words)) return true;
  return std::any_of(pieces.begin(), pieces.end(), [&](const piece& p) { return p.name == name; });
}

} // namespace dotcompute::cuda
