// SPDX-License-Identifier: MIT
#include "compiler/targets/c/spelling.hpp"

#include <charconv>

namespace dotcompute::c_text {

using ir::scalar_kind;

std::string bracketed(const expression& e, binding least) {
  return e.level < least ? "(" + e.text + ")" : e.text;
}

expression join(const expression& a, const char* sign, const expression& b, binding level) {
  const binding right = static_cast<binding>(static_cast<int>(level) + 1);
  const bool plain = level >= binding::sum || level == binding::relation || level == binding::equality ||
                     level == binding::logical_and || level == binding::logical_or;
  const binding left_least =
      plain ? (level == binding::relation || level == binding::equality ? right : level) : binding::unary;
  const binding right_least = plain ? right : binding::unary;
  return {bracketed(a, left_least) + " " + sign + " " + bracketed(b, right_least), level};
}

expression call(std::string_view name, std::initializer_list<expression> arguments) {
  std::string text = std::string(name) + "(";
  for (const expression& a : arguments)
    text += (text.back() == '(' ? "" : ", ") + a.text;
  return {text + ")"};
}

expression cast(std::string_view type, const expression& e) {
  return {"(" + std::string(type) + ")" + bracketed(e, binding::unary), binding::unary};
}

std::string component_name(unsigned components, unsigned component) {
  if (components <= 4) return std::string(1, "xyzw"[component]);
  return std::string("s") + "0123456789abcdef"[component];
}

unsigned element_bytes(ir::type t) {
  if (t.is_pointer()) return 8;
  return ir::byte_size(t.element) * (t.components == 3 ? 4 : t.components);
}

const ir::operation* constant_operand(const ir::operation& op, std::size_t i) {
  return op.operands[i]->code == ir::opcode::constant ? op.operands[i] : nullptr;
}

const ir::operation* reciprocal_root(const ir::operation& op) {
  const ir::operation* const one = constant_operand(op, 0);
  const ir::operation& divisor = *op.operands[1];
  if (!one || divisor.code != ir::opcode::sqrt) return nullptr;
  if (one->bits != (op.result.element == scalar_kind::f64 ? 0x3ff0000000000000u : 0x3f800000u)) return nullptr;
  // rsqrt() is these two operations at one place of the source; OpenCL allows it 2 ulp.
  const bool is_one_function = divisor.location.line == op.location.line &&
                               divisor.location.column == op.location.column && divisor.location.line != 0;
  return is_one_function || op.flags.approximate ? &divisor : nullptr;
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

std::string struct_name(std::uint32_t size, std::uint32_t alignment) {
  return "struct_" + std::to_string(size) + "_" + std::to_string(alignment);
}

} // namespace dotcompute::c_text
