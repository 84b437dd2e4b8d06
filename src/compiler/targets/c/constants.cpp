// SPDX-License-Identifier: MIT
#include "compiler/targets/c/constants.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace dotcompute::c_text {

using ir::scalar_kind;

namespace {

scalar_kind element_of(pointee p) {
  switch (p.type.is_pointer() ? scalar_kind::i64 : p.type.element) {
  case scalar_kind::f16: return scalar_kind::i16;
  case scalar_kind::boolean: return scalar_kind::i8;
  default: return p.type.is_pointer() ? scalar_kind::i64 : p.type.element;
  }
}

bool all_finite(const ir::constant_data& c, scalar_kind k) {
  if (k != scalar_kind::f32 && k != scalar_kind::f64) return true;
  const std::size_t bytes = ir::byte_size(k);
  for (std::size_t at = 0; at + bytes <= c.bytes.size(); at += bytes) {
    float f = 0;
    double d = 0;
    std::memcpy(k == scalar_kind::f32 ? static_cast<void*>(&f) : &d, c.bytes.data() + at, bytes);
    if (!std::isfinite(f) || !std::isfinite(d)) return false;
  }
  return true;
}

} // namespace

std::string constant_name(const dialect& d, std::uint32_t index, pointee p) {
  const std::string name = "constant_" + std::to_string(index);
  // The array itself is of numbers.
  return p.type.is_vector()
             ? "(" + d.pointer_cast(d.vector_name(p.type), ir::address_space::constant, true) + name + ")"
             : name;
}

std::string constant_text(const dialect& d, std::uint32_t index, const ir::constant_data& c, pointee p,
                          const std::string& qualifiers) {
  const scalar_kind k = element_of(p);
  // Infinities and NaNs have no literals that may initialise static data, so their numbers are kept as bits.
  const bool as_bits = !all_finite(c, k);
  const scalar_kind held = !as_bits ? k : k == scalar_kind::f32 ? scalar_kind::i32 : scalar_kind::i64;
  const std::size_t bytes = ir::byte_size(held);
  const unsigned alignment = std::max<unsigned>(c.alignment, element_bytes(p.type));
  const std::string name = "constant_" + std::to_string(index);
  const spelling s = spelling::of(held, p.is_signed);
  std::string out = "\n";
  if (!c.name.empty() && c.name.find('\n') == std::string::npos) out += "// " + c.name + "\n";
  out += qualifiers + " " + d.aligned(alignment) + "const " + std::string(d.scalar_name(held, p.is_signed)) + " " +
         name + (as_bits ? "_bits" : "") + "[" +
         std::to_string(std::max<std::size_t>(1, (c.bytes.size() + bytes - 1) / bytes)) + "] = {";
  for (std::size_t at = 0, n = 0; at < c.bytes.size(); at += bytes, ++n) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, c.bytes.data() + at, std::min(bytes, c.bytes.size() - at));
    out += (n == 0 ? "" : n % 8 == 0 ? ",\n    " : ", ") + d.literal(s, bits).text;
  }
  out += "};\n";
  if (as_bits)
    out += "#define " + name + " (" +
           d.pointer_cast(std::string(d.scalar_name(k, p.is_signed)), ir::address_space::constant, true) + name +
           "_bits)\n";
  return out;
}

} // namespace dotcompute::c_text
