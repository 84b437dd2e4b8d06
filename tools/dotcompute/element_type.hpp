// SPDX-License-Identifier: MIT
// OpenCL C's scalar and vector types as the command line names them, and their NumPy counterparts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dotcompute::tool {

enum class scalar_type : std::uint8_t { i8, u8, i16, u16, i32, u32, i64, u64, f16, f32, f64 };

struct element_type {
  scalar_type scalar = scalar_type::f32;
  unsigned width = 1; ///< 1, 2, 3, 4, 8 or 16

  /// Bytes in device memory: a vector of three takes the room of four.
  std::size_t bytes() const;
  friend bool operator==(const element_type&, const element_type&) = default;
};

std::size_t size_of(scalar_type type);
bool is_floating(scalar_type type);
bool is_signed(scalar_type type);

/// "float"
std::string_view name_of(scalar_type type);
/// "float4"
std::string name_of(element_type type);
/// "<f4", as NumPy writes it for this machine's byte order.
std::string numpy_name(scalar_type type);

/// Reads "float4", "unsigned int", "size_t" and so on; nothing when it is no such type.
std::optional<element_type> parse_element_type(std::string_view text);

/// IEEE binary16, rounded to nearest even.
std::uint16_t to_half(float value);
float from_half(std::uint16_t bits);

} // namespace dotcompute::tool
