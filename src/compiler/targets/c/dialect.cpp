// SPDX-License-Identifier: MIT
#include "compiler/targets/c/dialect.hpp"

#include <bit>
#include <charconv>
#include <cmath>

namespace dotcompute::c_text {

using ir::scalar_kind;

namespace {

std::string hexadecimal(std::uint64_t value) {
  char text[24];
  return "0x" + std::string(text, std::to_chars(text, text + sizeof text, value, 16).ptr);
}

template <class Float>
expression finite_literal(Float value) {
  char buffer[48];
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  if (sizeof(Float) == 4) text += "f";
  return {text, text[0] == '-' ? binding::unary : binding::primary};
}

} // namespace

std::string dialect::type_name(ir::type t, bool is_signed) const {
  if (t.is_pointer()) return std::string(scalar_name(scalar_kind::i64, false)); // as it lies in memory
  return t.is_vector() ? vector_name(t) : std::string(scalar_name(t.element, is_signed));
}

std::string dialect::pointer_name(pointee p, ir::address_space space) const {
  return std::string(qualifier(space)) + type_name(p.type, p.is_signed) + "*";
}

std::string dialect::pointer_cast(const std::string& type, ir::address_space space, bool is_const,
                                  bool is_volatile) const {
  return "(" + std::string(is_volatile ? "volatile " : "") + std::string(qualifier(space)) +
         (is_const ? "const " : "") + type + "*)";
}

expression dialect::signed_literal(scalar_kind k, std::int64_t value) const {
  const bool wide = k == scalar_kind::i64;
  const std::string suffix(wide ? long_suffix() : "");
  const std::int64_t least = wide ? INT64_MIN : INT32_MIN;
  // There is no literal for the least number, only for its positive counterpart, which does not fit.
  if (value == least) return {"(" + std::to_string(value + 1) + suffix + " - 1)"};
  return {std::to_string(value) + suffix, value < 0 ? binding::unary : binding::primary};
}

expression dialect::literal(spelling s, std::uint64_t bits) const {
  const auto suffix = [&](unsigned width) {
    return (width >= 32 ? std::string("u") : std::string()) + (width == 64 ? std::string(long_suffix()) : "");
  };
  switch (s.kind) {
  case scalar_kind::boolean: return {bits ? "true" : "false"};
  case scalar_kind::f16: return {hexadecimal(bits & 0xffff)};
  case scalar_kind::f32: {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    return std::isfinite(value) ? finite_literal(value) : real_of({hexadecimal(bits) + suffix(32)}, s.kind);
  }
  case scalar_kind::f64: {
    const auto value = std::bit_cast<double>(bits);
    return std::isfinite(value) ? finite_literal(value) : real_of({hexadecimal(bits) + suffix(64)}, s.kind);
  }
  case scalar_kind::i8:
  case scalar_kind::i16:
  case scalar_kind::i32:
  case scalar_kind::i64: break;
  }
  const unsigned width = ir::bit_width(s.kind);
  const std::int64_t value = static_cast<std::int64_t>(bits << (64 - width)) >> (64 - width);
  if (s.is_signed) return signed_literal(s.kind, value);
  const std::uint64_t number = width == 64 ? bits : bits & ((std::uint64_t{1} << width) - 1);
  return {std::to_string(number) + suffix(width)};
}

} // namespace dotcompute::c_text
