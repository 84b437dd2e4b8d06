// SPDX-License-Identifier: MIT
#include "api/element_names.hpp"

#include <array>

namespace dotcompute::api {
namespace {

struct scalar_name {
  std::string_view name;
  element_kind kind;
  bool is_signed;
  std::uint32_t bytes;
};

// The first name of each type is the one shown.
constexpr std::array<scalar_name, 24> scalars{{
    {"char", element_kind::integer, true, 1},
    {"uchar", element_kind::integer, false, 1},
    {"short", element_kind::integer, true, 2},
    {"ushort", element_kind::integer, false, 2},
    {"int", element_kind::integer, true, 4},
    {"uint", element_kind::integer, false, 4},
    {"long", element_kind::integer, true, 8},
    {"ulong", element_kind::integer, false, 8},
    {"half", element_kind::floating, true, 2},
    {"float", element_kind::floating, true, 4},
    {"double", element_kind::floating, true, 8},
    {"signed char", element_kind::integer, true, 1},
    {"unsigned char", element_kind::integer, false, 1},
    {"signed short", element_kind::integer, true, 2},
    {"unsigned short", element_kind::integer, false, 2},
    {"signed int", element_kind::integer, true, 4},
    {"signed", element_kind::integer, true, 4},
    {"unsigned int", element_kind::integer, false, 4},
    {"unsigned", element_kind::integer, false, 4},
    {"signed long", element_kind::integer, true, 8},
    {"unsigned long", element_kind::integer, false, 8},
    {"long int", element_kind::integer, true, 8},
    {"unsigned long int", element_kind::integer, false, 8},
    {"short int", element_kind::integer, true, 2},
}};

constexpr std::array<std::uint16_t, 5> vector_sizes{16, 8, 4, 3, 2};

std::optional<element_description> parse_scalar(std::string_view name) {
  for (const auto& s : scalars)
    if (s.name == name) return element_description{s.kind, s.is_signed, 1, s.bytes};
  return {};
}

} // namespace

std::optional<element_description> parse_element(std::string_view type_name) {
  if (auto scalar = parse_scalar(type_name)) return scalar;
  for (const std::uint16_t n : vector_sizes) {
    const std::string digits = std::to_string(n);
    if (type_name.size() <= digits.size() || type_name.substr(type_name.size() - digits.size()) != digits) continue;
    auto element = parse_scalar(type_name.substr(0, type_name.size() - digits.size()));
    if (!element) return {};
    element->components = n;
    element->bytes *= n == 3 ? 4u : n;
    return element;
  }
  return {};
}

std::string element_name(const element_description& e) {
  const unsigned room = e.components == 3 ? 4 : e.components;
  for (const auto& s : scalars)
    if (s.kind == e.kind && s.is_signed == e.is_signed && s.bytes * room == e.bytes)
      return std::string(s.name) + (e.components > 1 ? std::to_string(e.components) : "");
  if (e.kind == element_kind::untyped) return std::to_string(e.bytes) + (e.bytes == 1 ? " byte" : " bytes");
  return "a structure of " + std::to_string(e.bytes) + " bytes";
}

} // namespace dotcompute::api
