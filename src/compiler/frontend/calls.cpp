// SPDX-License-Identifier: MIT
// Calls of the program's own functions, of builtins, and of the builtin library.
#include "compiler/builtins/builtins.hpp"
#include "compiler/frontend/builtin_table.hpp"
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

ir::operation* function_lowering::call(const clang::CallExpr& e) {
  const clang::FunctionDecl* callee = e.getDirectCallee();
  if (!callee) {
    error(&e, "calls through pointers and blocks are not supported in OpenCL C");
    return undefined(e.getType());
  }
  if (const clang::FunctionDecl* definition = callee->getDefinition()) return call_function(e, *definition, nullptr);
  if (callee->getBuiltinID() != 0 && !find_builtin(callee->getName())) return call_compiler_builtin(e, *callee);
  return call_builtin(e, *callee);
}

/// clang's own builtins: OpenCL's header uses those that are constants (INFINITY), people those that are hints.
ir::operation* function_lowering::call_compiler_builtin(const clang::CallExpr& e, const clang::FunctionDecl& callee) {
  clang::Expr::EvalResult result;
  if (!e.getType()->isVoidType() && e.EvaluateAsRValue(result, context())) {
    if (result.Val.isInt()) return build_.constant_bits(type_of(&e), result.Val.getInt().getZExtValue());
    if (result.Val.isFloat())
      return build_.constant_bits(type_of(&e), result.Val.getFloat().bitcastToAPInt().getZExtValue());
  }
  if (callee.getName() == "__builtin_expect" && e.getNumArgs() == 2) return value(e.getArg(0));
  if (callee.getName() == "__builtin_assume" || callee.getName() == "__builtin_unreachable") return nullptr;
  error(&e, "builtin function '" + callee.getName() + "' is not supported");
  return undefined(e.getType());
}

ir::operation* function_lowering::call_function(const clang::CallExpr& e, const clang::FunctionDecl& callee,
                                                operation* result_memory) {
  if (callee.hasAttr<clang::OpenCLKernelAttr>()) {
    // As a function, such a kernel would be entered with its group's memory or its arguments somewhere else.
    const bool by_value =
        llvm::any_of(callee.parameters(), [](const clang::ParmVarDecl* p) { return is_aggregate(p->getType()); });
    if (by_value || !find_usage(callee).local_memory.empty()) {
      error(&e, "kernel '" + callee.getName() +
                    "' cannot be called like a function: it has local variables or struct arguments");
      return undefined(e.getType());
    }
  }
  llvm::SmallVector<operation*, 8> arguments;
  if (result_memory) arguments.push_back(result_memory);
  for (unsigned i = 0; i < e.getNumArgs() && i < callee.getNumParams(); ++i) {
    const clang::Expr* argument = e.getArg(i);
    if (!is_aggregate(argument->getType())) {
      arguments.push_back(value(argument));
      continue;
    }
    // The callee may change its parameter, so it gets its own copy.
    const place p = temporary(argument->getType(), "argument");
    initialize(argument, argument->getType(), p.pointer, p.alignment);
    arguments.push_back(p.pointer);
  }
  at(e.getExprLoc());
  const std::string& symbol = program_.reference(callee, source_, e.getExprLoc());
  const ir::type result = result_memory ? ir::type::none() : type_of(&e);
  operation* made = build_.call(symbol, result, arguments);
  return made;
}

ir::operation* function_lowering::call_builtin(const clang::CallExpr& e, const clang::FunctionDecl& callee) {
  const llvm::StringRef name = callee.getDeclName().isIdentifier() ? callee.getName() : llvm::StringRef();
  const builtin_entry* entry = find_builtin(name);
  const bool of_library = program_.kind == unit_kind::library && name.starts_with("__dc_");
  if (!entry && !of_library) {
    error(&e, callee.isImplicit() || callee.getBuiltinID() || callee.getLocation().isInvalid()
                  ? "builtin function '" + name + "' is not supported"
                  : "function '" + name + "' is declared but not defined in this program");
    return undefined(e.getType());
  }
  if (is_aggregate(e.getType())) {
    error(&e, "builtin function '" + name + "' is not supported");
    return undefined(e.getType());
  }
  llvm::SmallVector<operation*, 4> arguments;
  for (const clang::Expr* argument : e.arguments()) {
    if (entry && entry->takes_expressions) break;
    if (is_aggregate(argument->getType())) {
      error(argument, "structs cannot be passed to '" + name + "'");
      return undefined(e.getType());
    }
    arguments.push_back(value(argument));
  }
  at(e.getExprLoc());
  if (of_library) return build_.call(name.str(), type_of(&e), arguments);
  return entry->lower(*this, {e, *entry, name, type_of(&e), std::move(arguments)});
}

ir::operation* function_lowering::library_call(std::string name, ir::type result,
                                               llvm::ArrayRef<operation*> arguments) {
  return build_.call(std::move(name), result, {arguments.data(), arguments.size()});
}

ir::operation* function_lowering::per_component(const std::string& name, ir::type result,
                                                llvm::ArrayRef<operation*> arguments) {
  if (!result.is_vector()) return library_call(name, result, arguments);
  llvm::SmallVector<operation*, 16> components;
  for (unsigned i = 0; i < result.components; ++i) {
    llvm::SmallVector<operation*, 4> of_component;
    for (operation* argument : arguments)
      of_component.push_back(component_of(argument, i));
    components.push_back(library_call(name, result.element_type(), of_component));
  }
  return build_.build(components);
}

} // namespace dotcompute::frontend
