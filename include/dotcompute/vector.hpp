// SPDX-License-Identifier: MIT
// Host-side twins of OpenCL C's vector types, laid out as kernels see them, and half as a storage type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace dotcompute {

/// 16 bits of an IEEE 754 binary16; for storage, without arithmetic.
struct half {
  std::uint16_t bits = 0;
  friend constexpr bool operator==(const half&, const half&) = default;
};

/// N components of T with OpenCL's size and alignment: three components take the room of four.
template <class T, std::size_t N>
struct alignas(sizeof(T) * (N == 3 ? 4 : N)) vector {
  static_assert(N == 2 || N == 3 || N == 4 || N == 8 || N == 16, "OpenCL C has vectors of 2, 3, 4, 8 and 16");
  std::array<T, N == 3 ? 4 : N> components{};

  constexpr T& operator[](std::size_t i) { return components[i]; }
  constexpr const T& operator[](std::size_t i) const { return components[i]; }
};

#define DOTCOMPUTE_VECTORS(name, element)                                                                              \
  using name##2 = vector<element, 2>;                                                                                  \
  using name##3 = vector<element, 3>;                                                                                  \
  using name##4 = vector<element, 4>;                                                                                  \
  using name##8 = vector<element, 8>;                                                                                  \
  using name##16 = vector<element, 16>;
DOTCOMPUTE_VECTORS(char, std::int8_t)
DOTCOMPUTE_VECTORS(uchar, std::uint8_t)
DOTCOMPUTE_VECTORS(short, std::int16_t)
DOTCOMPUTE_VECTORS(ushort, std::uint16_t)
DOTCOMPUTE_VECTORS(int, std::int32_t)
DOTCOMPUTE_VECTORS(uint, std::uint32_t)
DOTCOMPUTE_VECTORS(long, std::int64_t)
DOTCOMPUTE_VECTORS(ulong, std::uint64_t)
DOTCOMPUTE_VECTORS(half, half)
DOTCOMPUTE_VECTORS(float, float)
DOTCOMPUTE_VECTORS(double, double)
#undef DOTCOMPUTE_VECTORS

} // namespace dotcompute
