// SPDX-License-Identifier: MIT
// Types of IR values: scalars, vectors of 2 to 16 components, and opaque pointers in an address space.
#pragma once

#include <cstdint>
#include <string>

namespace dotcompute::ir {

/// Element of a number type. Integers carry no sign: operations do (`sdiv`/`udiv`), as in LLVM.
/// `boolean` is the type of comparisons and conditions; it never lives in memory.
enum class scalar_kind : std::uint8_t { boolean, i8, i16, i32, i64, f16, f32, f64 };

/// OpenCL's address spaces. Kernel arguments and program-scope constants are `constant`.
enum class address_space : std::uint8_t { private_memory, global, local, constant };

/// A value type. Aggregates exist only in memory, reached through pointers and byte offsets.
struct type {
  enum class category : std::uint8_t { none, number, pointer };

  category kind = category::none;
  scalar_kind element = scalar_kind::boolean;          ///< numbers only
  std::uint8_t components = 0;                         ///< numbers only: 1 for scalars, else 2, 3, 4, 8 or 16
  address_space space = address_space::private_memory; ///< pointers only

  friend bool operator==(const type&, const type&) = default;

  static constexpr type none() { return {}; }
  static constexpr type scalar(scalar_kind k) { return {category::number, k, 1, address_space::private_memory}; }
  static constexpr type vector(scalar_kind k, unsigned n) {
    return {category::number, k, static_cast<std::uint8_t>(n), address_space::private_memory};
  }
  static constexpr type pointer(address_space s) { return {category::pointer, scalar_kind::boolean, 1, s}; }
  static constexpr type boolean() { return scalar(scalar_kind::boolean); }
  static constexpr type i32() { return scalar(scalar_kind::i32); }
  static constexpr type i64() { return scalar(scalar_kind::i64); }

  constexpr bool is_none() const { return kind == category::none; }
  constexpr bool is_pointer() const { return kind == category::pointer; }
  constexpr bool is_number() const { return kind == category::number; }
  constexpr bool is_vector() const { return is_number() && components > 1; }
  constexpr bool is_scalar() const { return is_number() && components == 1; }
  constexpr bool is_boolean() const { return is_number() && element == scalar_kind::boolean; }
  constexpr bool is_float() const { return is_number() && element >= scalar_kind::f16; }
  constexpr bool is_integer() const { return is_number() && element >= scalar_kind::i8 && element <= scalar_kind::i64; }
  /// The same shape with another element, e.g. the `boolean` vector of a comparison.
  constexpr type with_element(scalar_kind k) const { return vector(k, components); }
  constexpr type element_type() const { return is_pointer() ? *this : scalar(element); }
};

/// Bits of one element: 1 for boolean, else 8 to 64.
constexpr unsigned bit_width(scalar_kind k) {
  switch (k) {
  case scalar_kind::boolean: return 1;
  case scalar_kind::i8: return 8;
  case scalar_kind::i16:
  case scalar_kind::f16: return 16;
  case scalar_kind::i32:
  case scalar_kind::f32: return 32;
  case scalar_kind::i64:
  case scalar_kind::f64: return 64;
  }
  return 0;
}

/// Bytes of one element in memory.
constexpr unsigned byte_size(scalar_kind k) {
  return k == scalar_kind::boolean ? 1 : bit_width(k) / 8;
}

/// Bytes of a whole value in memory as OpenCL lays it out, except that a vector of three is its three elements:
/// loads and stores of `float3` objects move 12 bytes and leave the fourth component alone.
constexpr unsigned byte_size(type t) {
  return t.is_pointer() ? 8 : t.is_number() ? byte_size(t.element) * t.components : 0;
}

/// "f32", "i32x4", "ptr global", "none".
std::string to_string(type t);
std::string to_string(scalar_kind k);
std::string to_string(address_space s);

} // namespace dotcompute::ir
