// SPDX-License-Identifier: MIT
// Atomic functions of OpenCL C 1.2 (6.12.11), 32 bits as atomic_*, 32 and 64 bits as atom_*.
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::atomic_operation;
using ir::opcode;
using ir::operation;
using ir::scalar_kind;

enum class form : int { exchange, add, sub, increment, decrement, minimum, maximum, bit_and, bit_or, bit_xor };

operation* modify(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool is_float = call.result.is_float();
  const ir::type type = is_float ? ir::type::i32() : call.result;
  const bool sign = is_signed(call.expression.getType());
  const auto what = static_cast<form>(call.entry.detail);
  operation* operand = call.arguments.size() > 1 ? f.reinterpret(call[1], type) : build.integer(type, 1);
  operation* op = build.append(opcode::atomic_rmw, type, {call[0], operand});
  op->alignment = ir::byte_size(type);
  switch (what) {
  case form::exchange: op->atomic = atomic_operation::exchange; break;
  case form::add:
  case form::increment: op->atomic = atomic_operation::add; break;
  case form::sub:
  case form::decrement: op->atomic = atomic_operation::sub; break;
  case form::minimum: op->atomic = sign ? atomic_operation::smin : atomic_operation::umin; break;
  case form::maximum: op->atomic = sign ? atomic_operation::smax : atomic_operation::umax; break;
  case form::bit_and: op->atomic = atomic_operation::bit_and; break;
  case form::bit_or: op->atomic = atomic_operation::bit_or; break;
  case form::bit_xor: op->atomic = atomic_operation::bit_xor; break;
  }
  return f.reinterpret(op, call.result);
}

operation* compare_exchange(function_lowering& f, const builtin_call& call) {
  operation* op = f.build().append(opcode::atomic_compare_exchange, call.result, {call[0], call[1], call[2]});
  op->alignment = ir::byte_size(call.result);
  return op;
}

} // namespace

void register_atomic(builtin_map& map) {
  for (const llvm::StringRef prefix : {"atomic_", "atom_"}) {
    const auto add = [&](llvm::StringRef name, form what) {
      map[(prefix + name).str()] = {modify, static_cast<int>(what)};
    };
    add("xchg", form::exchange);
    add("add", form::add);
    add("sub", form::sub);
    add("inc", form::increment);
    add("dec", form::decrement);
    add("min", form::minimum);
    add("max", form::maximum);
    add("and", form::bit_and);
    add("or", form::bit_or);
    add("xor", form::bit_xor);
    map[(prefix + "cmpxchg").str()] = {compare_exchange};
  }
}

} // namespace dotcompute::frontend
