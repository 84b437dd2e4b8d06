// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/spelling.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>

namespace dotcompute::cuda {

using ir::scalar_kind;

namespace {

constexpr std::array vector_elements{scalar_kind::boolean, scalar_kind::i8,  scalar_kind::i16, scalar_kind::i32,
                                     scalar_kind::i64,     scalar_kind::f32, scalar_kind::f64};

std::string_view element_prefix(scalar_kind k) {
  switch (k) {
  case scalar_kind::boolean: return "bool";
  case scalar_kind::i8: return "u8";
  case scalar_kind::i16:
  case scalar_kind::f16: return "u16";
  case scalar_kind::i32: return "u32";
  case scalar_kind::i64: return "u64";
  case scalar_kind::f32: return "f32";
  case scalar_kind::f64: return "f64";
  }
  return "u8";
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool names(std::string_view code, std::string_view name) {
  for (std::size_t at = code.find(name); at != std::string_view::npos; at = code.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_name_character(code[at - 1])) && (end == code.size() || !is_name_character(code[end])))
      return true;
  }
  return false;
}

std::string hexadecimal(std::uint64_t value) {
  char text[24];
  return "0x" + std::string(text, std::to_chars(text, text + sizeof text, value, 16).ptr);
}

template <class Float>
expression real_literal(Float value, std::uint64_t bits) {
  constexpr bool is_float = sizeof(Float) == 4;
  if (!std::isfinite(value)) {
    if (is_float) return {"__uint_as_float(" + hexadecimal(bits) + "u)"};
    return {"__longlong_as_double((i64)" + hexadecimal(bits) + "ull)"};
  }
  char buffer[48];
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  if (is_float) text += "f";
  return {text, text[0] == '-' ? binding::unary : binding::primary};
}

} // namespace

std::string bracketed(const expression& e, binding least) {
  return e.level < least ? "(" + e.text + ")" : e.text;
}

std::string_view scalar_name(scalar_kind k, bool is_signed) {
  switch (k) {
  case scalar_kind::boolean: return "bool";
  case scalar_kind::i8: return is_signed ? "i8" : "u8";
  case scalar_kind::i16: return is_signed ? "i16" : "u16";
  case scalar_kind::i32: return is_signed ? "int" : "u32";
  case scalar_kind::i64: return is_signed ? "i64" : "u64";
  case scalar_kind::f16: return "u16";
  case scalar_kind::f32: return "float";
  case scalar_kind::f64: return "double";
  }
  return "u8";
}

std::string vector_name(ir::type t) {
  return std::string(element_prefix(t.element)) + "x" + std::to_string(t.components);
}

std::string type_name(ir::type t, bool is_signed) {
  if (t.is_pointer()) return "u64"; // as it lies in memory
  return t.is_vector() ? vector_name(t) : std::string(scalar_name(t.element, is_signed));
}

std::string component_name(unsigned components, unsigned component) {
  if (components <= 4) return std::string(1, "xyzw"[component]);
  return std::string("s") + "0123456789abcdef"[component];
}

std::string vector_types_for(std::string_view code) {
  std::string out;
  for (const scalar_kind k : vector_elements)
    for (const unsigned n : {2u, 3u, 4u, 8u, 16u}) {
      const ir::type t = ir::type::vector(k, n);
      const std::string name = vector_name(t);
      if (!names(code, name)) continue;
      out += "struct alignas(" + std::to_string(element_bytes(t)) + ") " + name + " {\n  " +
             std::string(scalar_name(k, false));
      for (unsigned i = 0; i < n; ++i)
        out += (i ? ", " : " ") + component_name(n, i);
      out += ";\n};\n";
    }
  return out;
}

unsigned element_bytes(ir::type t) {
  if (t.is_pointer()) return 8;
  return ir::byte_size(t.element) * (t.components == 3 ? 4 : t.components);
}

expression signed_literal(scalar_kind k, std::int64_t value) {
  const bool wide = k == scalar_kind::i64;
  const char* const suffix = wide ? "ll" : "";
  const std::int64_t least = wide ? INT64_MIN : INT32_MIN;
  // There is no literal for the least number, only for its positive counterpart, which does not fit.
  if (value == least) return {"(" + std::to_string(value + 1) + suffix + " - 1)"};
  return {std::to_string(value) + suffix, value < 0 ? binding::unary : binding::primary};
}

expression literal(spelling s, std::uint64_t bits) {
  switch (s.kind) {
  case scalar_kind::boolean: return {bits ? "true" : "false"};
  case scalar_kind::f16: return {hexadecimal(bits & 0xffff)};
  case scalar_kind::f32: return real_literal(std::bit_cast<float>(static_cast<std::uint32_t>(bits)), bits);
  case scalar_kind::f64: return real_literal(std::bit_cast<double>(bits), bits);
  case scalar_kind::i8:
  case scalar_kind::i16:
  case scalar_kind::i32:
  case scalar_kind::i64: break;
  }
  const unsigned width = ir::bit_width(s.kind);
  const std::int64_t value = static_cast<std::int64_t>(bits << (64 - width)) >> (64 - width);
  if (s.is_signed) return signed_literal(s.kind, value);
  const std::uint64_t number = width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1);
  return {std::to_string(number) + (width == 64 ? "ull" : width == 32 ? "u" : "")};
}

source_type parse_source_type(std::string_view name) {
  struct entry {
    std::string_view name;
    scalar_kind kind;
    bool is_signed;
  };
  static constexpr entry entries[] = {
      {"char", scalar_kind::i8, true},           {"uchar", scalar_kind::i8, false},
      {"short", scalar_kind::i16, true},         {"ushort", scalar_kind::i16, false},
      {"int", scalar_kind::i32, true},           {"uint", scalar_kind::i32, false},
      {"long", scalar_kind::i64, true},          {"ulong", scalar_kind::i64, false},
      {"unsigned char", scalar_kind::i8, false}, {"unsigned short", scalar_kind::i16, false},
      {"unsigned int", scalar_kind::i32, false}, {"unsigned long", scalar_kind::i64, false},
      {"signed char", scalar_kind::i8, true},    {"half", scalar_kind::f16, false},
      {"float", scalar_kind::f32, false},        {"double", scalar_kind::f64, false}};
  std::size_t end = name.size();
  while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9')
    --end;
  unsigned components = 1;
  if (end < name.size()) std::from_chars(name.data() + end, name.data() + name.size(), components);
  if (components != 1 && components != 2 && components != 3 && components != 4 && components != 8 && components != 16)
    return {};
  for (const entry& e : entries)
    if (e.name == name.substr(0, end)) return {ir::type::vector(e.kind, components), e.is_signed, true};
  return {};
}

} // namespace dotcompute::cuda
