// SPDX-License-Identifier: MIT
// Expressions of C and how tightly they bind, and what is written alike in every dialect.
#pragma once

#include "compiler/ir/operation.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace dotcompute::c_text {

/// C's operators by how tightly they bind.
enum class binding : std::uint8_t {
  conditional,
  logical_or,
  logical_and,
  bit_or,
  bit_xor,
  bit_and,
  equality,
  relation,
  shift,
  sum,
  product,
  unary,
  primary
};

struct expression {
  std::string text;
  binding level = binding::primary;
};

/// The expression's text, in parentheses if it binds less tightly than `least`.
std::string bracketed(const expression& e, binding least);
/// `a sign b`, left to right, and with parentheses where many readers would look up the rule.
expression join(const expression& a, const char* sign, const expression& b, binding level);
expression call(std::string_view name, std::initializer_list<expression> arguments);
expression cast(std::string_view type, const expression& e);

/// How a number of the IR is held in C: integers of the IR have no sign, C's do. A number of type i64 may be `held` in
/// 32 bits, of which the whole is the extension that `is_signed` asks for.
struct spelling {
  ir::scalar_kind kind = ir::scalar_kind::i32;
  ir::scalar_kind held = ir::scalar_kind::i32;
  bool is_signed = false;
  friend bool operator==(const spelling&, const spelling&) = default;

  static spelling of(ir::scalar_kind k, bool with_sign) { return {k, k, with_sign}; }
};

/// What memory behind a pointer is taken to be.
struct pointee {
  ir::type type = ir::type::scalar(ir::scalar_kind::i8);
  bool is_signed = false;
};

/// "x" to "w" for vectors of up to four, "s0" to "sf" for longer ones.
std::string component_name(unsigned components, unsigned component);

/// Bytes of a value as an element of an array; a vector of three takes the place of four.
unsigned element_bytes(ir::type t);

/// A kernel argument's element type as OpenCL C spells it; `known` is false for structs and typedefs.
struct source_type {
  ir::type type;
  bool is_signed = false, known = false;
};
source_type parse_source_type(std::string_view name);

/// Integers of fewer than 32 bits, which C computes with as `int`.
inline bool is_small(ir::scalar_kind k) {
  return k == ir::scalar_kind::i8 || k == ir::scalar_kind::i16;
}

/// The i-th operand where it is a constant, else null.
const ir::operation* constant_operand(const ir::operation& op, std::size_t i);

/// The square root of the operation 1 / sqrt(x), else null. May be approximate: it is one rsqrt() of the source, or
/// divisions may be approximate here.
const ir::operation* reciprocal_root(const ir::operation& op);

/// "struct_16_4": the type of what is passed by value with this size and alignment.
std::string struct_name(std::uint32_t size, std::uint32_t alignment);

} // namespace dotcompute::c_text
