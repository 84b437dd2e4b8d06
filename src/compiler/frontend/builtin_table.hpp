// SPDX-License-Identifier: MIT
// OpenCL C's builtin functions by name, and how each is lowered.
#pragma once

#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

struct builtin_call;

/// Gives the call's value (null for void).
using builtin_lowering = ir::operation* (*)(function_lowering&, const builtin_call&);

struct builtin_entry {
  builtin_lowering lower = nullptr;
  /// What tells apart the builtins that share a lowering; the lowering knows its meaning.
  int detail = 0;
  /// The lowering evaluates the arguments itself.
  bool takes_expressions = false;
};

/// A builtin's call with its evaluated arguments.
struct builtin_call {
  const clang::CallExpr& expression;
  const builtin_entry& entry;
  llvm::StringRef name;
  ir::type result;
  llvm::SmallVector<ir::operation*, 4> arguments;

  clang::QualType argument_type(unsigned i) const { return expression.getArg(i)->getType(); }
  ir::operation* operator[](unsigned i) const { return arguments[i]; }
};

using builtin_map = llvm::StringMap<builtin_entry>;

/// Null when there is no builtin of this name.
const builtin_entry* find_builtin(llvm::StringRef name);

// One registration a family.
void register_arithmetic(builtin_map& map);
void register_async(builtin_map& map);
void register_atomic(builtin_map& map);
void register_convert(builtin_map& map);
void register_geometric(builtin_map& map);
void register_half(builtin_map& map);
void register_math(builtin_map& map);
void register_memory(builtin_map& map);
void register_print(builtin_map& map);
void register_relational(builtin_map& map);
void register_work_group(builtin_map& map);

} // namespace dotcompute::frontend
