// SPDX-License-Identifier: MIT
#include "compiler/targets/opencl/prelude.hpp"

#include "compiler/targets/c/words.hpp"

#include <algorithm>
#include <iterator>

namespace dotcompute::compiler::opencl {

namespace {

// OpenCL C has no overloads of one's own, so each name says its type.
constexpr c_text::piece pieces[] = {
    {"divide_int", R"(
// Dividing by zero, and the overflow of least / -1, give some number. The choice is of the divisor, so that no division
// can fault, wherever the compiler puts it.
int divide_int(int a, int b) { return a / (b == 0 || (b == -1 && a == -2147483647 - 1) ? 1 : b); }
)"},
    {"divide_uint", R"(
uint divide_uint(uint a, uint b) { return a / (b == 0 ? 1 : b); }
)"},
    {"divide_long", R"(
long divide_long(long a, long b) { return a / (b == 0 || (b == -1 && a == -9223372036854775807l - 1) ? 1 : b); }
)"},
    {"divide_ulong", R"(
ulong divide_ulong(ulong a, ulong b) { return a / (b == 0 ? 1 : b); }
)"},
    {"modulo_int", R"(
int modulo_int(int a, int b) { return a % (b == 0 || (b == -1 && a == -2147483647 - 1) ? 1 : b); }
)"},
    {"modulo_uint", R"(
uint modulo_uint(uint a, uint b) { return a % (b == 0 ? 1 : b); }
)"},
    {"modulo_long", R"(
long modulo_long(long a, long b) { return a % (b == 0 || (b == -1 && a == -9223372036854775807l - 1) ? 1 : b); }
)"},
    {"modulo_ulong", R"(
ulong modulo_ulong(ulong a, ulong b) { return a % (b == 0 ? 1 : b); }
)"},
    {"multiply_add_float", R"(
// In one rounding where the device does that as fast.
#ifdef FP_FAST_FMAF
#define multiply_add_float(a, b, c) fma(a, b, c)
#else
#define multiply_add_float(a, b, c) ((a) * (b) + (c))
#endif
)"},
    {"multiply_add_double", R"(
#ifdef FP_FAST_FMA
#define multiply_add_double(a, b, c) fma(a, b, c)
#else
#define multiply_add_double(a, b, c) ((a) * (b) + (c))
#endif
)"},
    {"trailing_zeros_uint", R"(
uint trailing_zeros_uint(uint a) { return popcount(~a & (a - 1u)); }
)"},
    {"trailing_zeros_ulong", R"(
ulong trailing_zeros_ulong(ulong a) { return popcount(~a & (a - 1ul)); }
)"},
    {"reverse_bits_uint", R"(
uint reverse_bits_uint(uint a) {
  a = (a >> 1 & 0x55555555u) | (a & 0x55555555u) << 1;
  a = (a >> 2 & 0x33333333u) | (a & 0x33333333u) << 2;
  a = (a >> 4 & 0x0f0f0f0fu) | (a & 0x0f0f0f0fu) << 4;
  a = (a >> 8 & 0x00ff00ffu) | (a & 0x00ff00ffu) << 8;
  return a >> 16 | a << 16;
}
)"},
    {"reverse_bits_ulong", R"(
ulong reverse_bits_ulong(ulong a) {
  a = (a >> 1 & 0x5555555555555555ul) | (a & 0x5555555555555555ul) << 1;
  a = (a >> 2 & 0x3333333333333333ul) | (a & 0x3333333333333333ul) << 2;
  a = (a >> 4 & 0x0f0f0f0f0f0f0f0ful) | (a & 0x0f0f0f0f0f0f0f0ful) << 4;
  a = (a >> 8 & 0x00ff00ff00ff00fful) | (a & 0x00ff00ff00ff00fful) << 8;
  a = (a >> 16 & 0x0000ffff0000fffful) | (a & 0x0000ffff0000fffful) << 16;
  return a >> 32 | a << 32;
}
)"},
    {"half_to_float", R"(
// Half precision numbers are kept as their bits, which every device can do.
float half_to_float(ushort half_bits) {
  const uint sign = (uint)(half_bits & 0x8000) << 16, exponent = half_bits >> 10 & 31, significand = half_bits & 0x3ff;
  if (exponent == 31) return as_float(sign | 0x7f800000u | significand << 13);
  if (exponent == 0) return as_float(sign | as_uint((float)significand * 5.9604644775390625e-8f));
  return as_float(sign | (exponent + 112) << 23 | significand << 13);
}
)"},
    {"float_to_half", R"(
ushort float_to_half(float number) {
  const uint bits = as_uint(number), size = bits & 0x7fffffffu, sign = bits >> 16 & 0x8000;
  if (size > 0x7f800000u) return (ushort)(sign | 0x7e00 | (size >> 13 & 0x1ff));
  if (size >= 0x477ff000u) return (ushort)(sign | 0x7c00); // rounds to 65536 or is more
  const int exponent = (int)(size >> 23) - 127;
  if (exponent < -25) return (ushort)sign;
  // The significand's last kept bit lies `drop` bits up; denormal halves keep fewer.
  const uint significand = (size & 0x7fffffu) | 0x800000u;
  const int drop = exponent < -14 ? -1 - exponent : 13;
  const uint kept = significand >> drop, rest = significand & ((1u << drop) - 1u), half_way = 1u << (drop - 1);
  const uint rounded = kept + (rest > half_way || (rest == half_way && (kept & 1)) ? 1u : 0u);
  // A carry out of the significand counts the exponent up, which is what it should do.
  return (ushort)(sign | (exponent < -14 ? rounded : rounded + ((uint)(exponent + 14) << 10)));
}
)"},
    {"double_to_half", R"(
ushort double_to_half(double number) {
  const ulong bits = as_ulong(number), size = bits & 0x7ffffffffffffffful;
  const uint sign = (uint)(bits >> 48) & 0x8000;
  if (size > 0x7ff0000000000000ul) return (ushort)(sign | 0x7e00 | ((uint)(size >> 42) & 0x1ff));
  if (size >= 0x40effe0000000000ul) return (ushort)(sign | 0x7c00);
  const int exponent = (int)(size >> 52) - 1023;
  if (exponent < -25) return (ushort)sign;
  const ulong significand = (size & 0xffffffffffffful) | 0x10000000000000ul;
  const int drop = exponent < -14 ? 28 - exponent : 42;
  const ulong kept = significand >> drop, rest = significand & ((1ul << drop) - 1ul), half_way = 1ul << (drop - 1);
  const uint rounded = (uint)kept + (rest > half_way || (rest == half_way && (kept & 1)) ? 1u : 0u);
  return (ushort)(sign | (exponent < -14 ? rounded : rounded + ((uint)(exponent + 14) << 10)));
}
)"},
};

constexpr std::string_view reserved_words[] = {
    "auto", "bool", "break", "case", "char", "const", "constant", "continue", "default", "do", "double", "else", "enum",
    "event_t", "extern", "false", "float", "for", "global", "goto", "half", "if", "inline", "int", "kernel", "local",
    "long", "private", "ptrdiff_t", "register", "restrict", "return", "sampler_t", "short", "signed", "size_t",
    "sizeof", "static", "struct", "switch", "true", "typedef", "uchar", "uint", "ulong", "union", "unsigned", "ushort",
    "void", "volatile", "while",
    // Functions that the text may call.
    "add_sat", "barrier", "ceil", "clz", "copysign", "fabs", "floor", "fma", "fmax", "fmin", "max", "mem_fence", "min",
    "mul_hi", "popcount", "printf", "rint", "rotate", "rsqrt", "sqrt", "sub_sat", "trunc",
    // Macros that compilers define beside the standard's, which no source could have used as a name.
    "linux", "unix", "NULL"};

} // namespace

std::string prelude_for(std::string_view code) {
  return c_text::pieces_for(code, pieces);
}

bool is_reserved_name(std::string_view name) {
  // Functions with a type in their name; constants, and structs passed by value.
  for (const std::string_view start :
       {"__", "as_", "convert_", "get_", "atomic_", "atom_", "vload", "vstore", "constant_", "struct_"})
    if (name.starts_with(start)) return true;
  return std::find(std::begin(reserved_words), std::end(reserved_words), name) != std::end(reserved_words) ||
         std::any_of(std::begin(pieces), std::end(pieces), [&](const c_text::piece& p) { return p.name == name; });
}

} // namespace dotcompute::compiler::opencl
