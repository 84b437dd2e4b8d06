// SPDX-License-Identifier: MIT
#include "element_type.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace dotcompute::tool {

namespace {

struct scalar_row {
  scalar_type type;
  std::string_view name;
  std::size_t bytes;
  char kind; // NumPy's letter
};

constexpr std::array scalars{
    scalar_row{scalar_type::i8, "char", 1, 'i'},    scalar_row{scalar_type::u8, "uchar", 1, 'u'},
    scalar_row{scalar_type::i16, "short", 2, 'i'},  scalar_row{scalar_type::u16, "ushort", 2, 'u'},
    scalar_row{scalar_type::i32, "int", 4, 'i'},    scalar_row{scalar_type::u32, "uint", 4, 'u'},
    scalar_row{scalar_type::i64, "long", 8, 'i'},   scalar_row{scalar_type::u64, "ulong", 8, 'u'},
    scalar_row{scalar_type::f16, "half", 2, 'f'},   scalar_row{scalar_type::f32, "float", 4, 'f'},
    scalar_row{scalar_type::f64, "double", 8, 'f'},
};

struct alias_row {
  std::string_view name;
  scalar_type type;
};

constexpr std::array aliases{
    alias_row{"signed char", scalar_type::i8},
    alias_row{"unsigned char", scalar_type::u8},
    alias_row{"unsigned short", scalar_type::u16},
    alias_row{"unsigned", scalar_type::u32},
    alias_row{"unsigned int", scalar_type::u32},
    alias_row{"unsigned long", scalar_type::u64},
    alias_row{"bool", scalar_type::u8},
    alias_row{"size_t", scalar_type::u64},
    alias_row{"uintptr_t", scalar_type::u64},
    alias_row{"ptrdiff_t", scalar_type::i64},
    alias_row{"intptr_t", scalar_type::i64},
};

const scalar_row& row_of(scalar_type type) {
  return scalars[static_cast<std::size_t>(type)];
}

} // namespace

std::size_t size_of(scalar_type type) {
  return row_of(type).bytes;
}
bool is_floating(scalar_type type) {
  return row_of(type).kind == 'f';
}
bool is_signed(scalar_type type) {
  return row_of(type).kind != 'u';
}
std::string_view name_of(scalar_type type) {
  return row_of(type).name;
}

std::size_t element_type::bytes() const {
  return size_of(scalar) * (width == 3 ? 4 : width);
}

std::string name_of(element_type type) {
  std::string name(name_of(type.scalar));
  if (type.width > 1) name += std::to_string(type.width);
  return name;
}

std::string numpy_name(scalar_type type) {
  const auto& row = row_of(type);
  const char order = row.bytes == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  return std::string{order, row.kind, static_cast<char>('0' + row.bytes)};
}

std::optional<element_type> parse_element_type(std::string_view text) {
  for (const auto& alias : aliases)
    if (alias.name == text) return element_type{alias.type, 1};
  for (const auto& row : scalars) {
    if (!text.starts_with(row.name)) continue;
    const auto rest = text.substr(row.name.size());
    if (rest.empty()) return element_type{row.type, 1};
    unsigned width = 0;
    const auto [end, status] = std::from_chars(rest.data(), rest.data() + rest.size(), width);
    const bool whole = status == std::errc{} && end == rest.data() + rest.size() && rest.front() != '0';
    if (whole && (width == 2 || width == 3 || width == 4 || width == 8 || width == 16))
      return element_type{row.type, width};
  }
  return std::nullopt;
}

std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const float magnitude = std::fabs(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>(sign | 0x7e00u);
  // 65520 is halfway between the largest half and the next power of two: from there on rounding gives infinity.
  if (magnitude >= 65520.0f) return static_cast<std::uint16_t>(sign | 0x7c00u);
  // Below 2^-14 halves are multiples of 2^-24; nearbyint rounds to nearest even, and a carry into 2^-14 has the right
  // encoding by itself.
  if (magnitude < 0x1p-14f)
    return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyintf(magnitude * 0x1p24f)));
  std::uint32_t rounded = std::bit_cast<std::uint32_t>(magnitude);
  rounded += 0xfffu + ((rounded >> 13) & 1u);
  return static_cast<std::uint16_t>(sign | ((rounded >> 13) - (112u << 10)));
}

float from_half(std::uint16_t bits) {
  const float sign = (bits & 0x8000u) ? -1.0f : 1.0f;
  const unsigned exponent = (bits >> 10) & 31u, fraction = bits & 1023u;
  if (exponent == 31) return fraction ? std::nanf("") : sign * HUGE_VALF;
  if (exponent == 0) return sign * static_cast<float>(fraction) * 0x1p-24f;
  return sign * std::bit_cast<float>(((exponent + 112u) << 23) | (fraction << 13));
}

} // namespace dotcompute::tool
