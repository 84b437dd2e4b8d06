// SPDX-License-Identifier: MIT
// How a function's body uses its locals and parameters, found before it is lowered: what needs memory, what needs a
// variable, and what is only ever one value.
#pragma once

#include "compiler/frontend/clang_headers.hpp"

#include <vector>

namespace dotcompute::frontend {

struct local_usage {
  llvm::DenseSet<const clang::VarDecl*> address_taken;
  llvm::DenseSet<const clang::VarDecl*> assigned; ///< after their initialisation
  /// Aggregates used in any way other than reading (parts of) their value.
  llvm::DenseSet<const clang::VarDecl*> not_only_read;
  std::vector<const clang::VarDecl*> local_memory; ///< __local variables, in the order of the source

  bool needs_memory(const clang::VarDecl& v) const { return address_taken.contains(&v); }
  bool needs_variable(const clang::VarDecl& v) const { return assigned.contains(&v); }
};

local_usage find_usage(const clang::FunctionDecl& function);

} // namespace dotcompute::frontend
