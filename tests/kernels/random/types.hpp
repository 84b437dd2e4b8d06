// SPDX-License-Identifier: MIT
// OpenCL C's number types as the generator sees them.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace random_programs {

enum class element : std::uint8_t { i8, u8, i16, u16, i32, u32, i64, u64, f32, f64 };

struct value_type {
  element base = element::i32;
  unsigned components = 1; ///< 1, 2, 3, 4, 8 or 16

  friend bool operator==(const value_type&, const value_type&) = default;

  bool is_float() const { return base >= element::f32; }
  bool is_scalar() const { return components == 1; }
  bool is_signed() const { return is_float() || static_cast<int>(base) % 2 == 0; }
  value_type scalar() const { return {base, 1}; }

  /// The integer of the same width.
  value_type as_unsigned() const {
    if (base == element::f32) return {element::u32, components};
    if (base == element::f64) return {element::u64, components};
    return {static_cast<element>(static_cast<int>(base) | 1), components};
  }
  value_type as_signed_integer() const {
    return {static_cast<element>(static_cast<int>(as_unsigned().base) - 1), components};
  }

  std::string name() const {
    static const std::array<const char*, 10> names{"char", "uchar", "short", "ushort", "int",
                                                   "uint", "long",  "ulong", "float",  "double"};
    return names[static_cast<std::size_t>(base)] + (components == 1 ? std::string() : std::to_string(components));
  }

  /// Integers: the least, the greatest, and one with a pattern of bits.
  std::string extreme(std::size_t which) const {
    static const std::array<const char*, 10> prefix{"CHAR", "UCHAR", "SHRT",  "USHRT", "INT",
                                                    "UINT", "LONG",  "ULONG", "FLT",   "DBL"};
    const std::string p = prefix[static_cast<std::size_t>(base)];
    if (which == 0) return is_signed() ? p + "_MIN" : "0";
    if (which == 1) return p + "_MAX";
    return "0x5a5a5a5a5a5a5a5aUL";
  }
};

} // namespace random_programs
