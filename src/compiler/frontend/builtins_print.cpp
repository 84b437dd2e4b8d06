// SPDX-License-Identifier: MIT
// printf (OpenCL C 6.12.13).
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;

const clang::StringLiteral* literal_of(const clang::Expr* e) {
  return llvm::dyn_cast<clang::StringLiteral>(e->IgnoreParenCasts());
}

/// The arguments come unevaluated: the format is read from the source, not from memory.
operation* print(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const clang::StringLiteral* format =
      call.expression.getNumArgs() > 0 ? literal_of(call.expression.getArg(0)) : nullptr;
  if (!format) {
    f.error(&call.expression, "the format of printf must be a string literal");
    return f.undefined(call.result);
  }
  llvm::SmallVector<operation*, 8> operands;
  for (unsigned i = 1; i < call.expression.getNumArgs(); ++i) {
    const clang::Expr* argument = call.expression.getArg(i);
    if (is_aggregate(argument->getType())) {
      f.error(argument, "structs cannot be printed");
      return f.undefined(call.result);
    }
    operation* v = f.value(argument);
    // C's promotions were made by clang, except that a bool may still be one.
    if (v->result.is_boolean()) v = build.convert(opcode::zero_extend, v, v->result.with_element(ir::scalar_kind::i32));
    if (v->result.is_pointer() && v->result.space != ir::address_space::constant)
      v = build.convert(opcode::pointer_to_int, v, ir::type::i64());
    operands.push_back(v);
  }
  operation* op = build.append(opcode::print, ir::type::none(), {operands.data(), operands.size()});
  op->symbol = format->getBytes().str();
  return build.i32(0);
}

} // namespace

void register_print(builtin_map& map) {
  map["printf"] = {.lower = print, .takes_expressions = true};
}

} // namespace dotcompute::frontend
