// SPDX-License-Identifier: MIT
// How types, numbers and operators are written in CUDA C.
#pragma once

#include "compiler/ir/operation.hpp"

#include <string>
#include <string_view>

namespace dotcompute::cuda {

/// C++'s operators by how tightly they bind.
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

/// How a number of the IR is held in C: integers of the IR have no sign, C's do. A number of type i64 may be `held` in
/// 32 bits, of which the whole is the extension that `is_signed` asks for.
struct spelling {
  ir::scalar_kind kind = ir::scalar_kind::i32;
  ir::scalar_kind held = ir::scalar_kind::i32;
  bool is_signed = false;
  friend bool operator==(const spelling&, const spelling&) = default;

  static spelling of(ir::scalar_kind k, bool with_sign) { return {k, k, with_sign}; }
};

/// "float", "u32", "int"; f16 is held as its bits, "u16".
std::string_view scalar_name(ir::scalar_kind k, bool is_signed);
/// "f32x4": vectors of integers are unsigned.
std::string vector_name(ir::type t);
std::string type_name(ir::type t, bool is_signed);
/// "x" to "w" for vectors of up to four, "s0" to "sf" for longer ones.
std::string component_name(unsigned components, unsigned component);
/// Declarations of the vector types that `code` names.
std::string vector_types_for(std::string_view code);

/// Bytes of a value as an element of an array; a vector of three takes the place of four.
unsigned element_bytes(ir::type t);

expression literal(spelling s, std::uint64_t bits);
/// An integer literal of the kind's signed form.
expression signed_literal(ir::scalar_kind k, std::int64_t value);

/// A kernel argument's element type as OpenCL C spells it; `known` is false for structs and typedefs.
struct source_type {
  ir::type type;
  bool is_signed = false, known = false;
};
source_type parse_source_type(std::string_view name);

} // namespace dotcompute::cuda
