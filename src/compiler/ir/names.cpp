// SPDX-License-Identifier: MIT
// The words of the IR's text form, and what opcodes.inc says of each operation.
#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

namespace {

enum class effect : std::uint8_t { P, D, M, C, S };

constexpr effect effects[] = {
#define OPCODE(name, flags) effect::flags,
#include "compiler/ir/opcodes.inc"
#undef OPCODE
};

constexpr std::string_view opcode_names[] = {
#define OPCODE(name, flags) #name,
#include "compiler/ir/opcodes.inc"
#undef OPCODE
};

} // namespace

std::string_view name(opcode c) {
  return opcode_names[static_cast<std::size_t>(c)];
}

std::string_view name(work_item_query q) {
  switch (q) {
  case work_item_query::global_id: return "global_id";
  case work_item_query::local_id: return "local_id";
  case work_item_query::group_id: return "group_id";
  case work_item_query::global_size: return "global_size";
  case work_item_query::local_size: return "local_size";
  case work_item_query::group_count: return "group_count";
  case work_item_query::global_offset: return "global_offset";
  case work_item_query::work_dimensions: return "work_dimensions";
  }
  return "unknown";
}

std::string_view name(atomic_operation a) {
  switch (a) {
  case atomic_operation::exchange: return "exchange";
  case atomic_operation::add: return "add";
  case atomic_operation::sub: return "sub";
  case atomic_operation::smin: return "smin";
  case atomic_operation::smax: return "smax";
  case atomic_operation::umin: return "umin";
  case atomic_operation::umax: return "umax";
  case atomic_operation::bit_and: return "bit_and";
  case atomic_operation::bit_or: return "bit_or";
  case atomic_operation::bit_xor: return "bit_xor";
  }
  return "unknown";
}

bool is_pure(opcode c) {
  return effects[static_cast<std::size_t>(c)] == effect::P;
}

bool is_structured(opcode c) {
  return c == opcode::if_else || c == opcode::loop || c == opcode::block;
}

std::string to_string(scalar_kind k) {
  switch (k) {
  case scalar_kind::boolean: return "boolean";
  case scalar_kind::i8: return "i8";
  case scalar_kind::i16: return "i16";
  case scalar_kind::i32: return "i32";
  case scalar_kind::i64: return "i64";
  case scalar_kind::f16: return "f16";
  case scalar_kind::f32: return "f32";
  case scalar_kind::f64: return "f64";
  }
  return "unknown";
}

std::string to_string(address_space s) {
  switch (s) {
  case address_space::private_memory: return "private";
  case address_space::global: return "global";
  case address_space::local: return "local";
  case address_space::constant: return "constant";
  }
  return "unknown";
}

std::string to_string(type t) {
  if (t.is_none()) return "none";
  if (t.is_pointer()) return "ptr " + to_string(t.space);
  return t.components == 1 ? to_string(t.element) : to_string(t.element) + "x" + std::to_string(t.components);
}

} // namespace dotcompute::ir
