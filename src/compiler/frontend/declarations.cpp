// SPDX-License-Identifier: MIT
// Local declarations: each becomes memory, a variable, or only a name for a value.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

void function_lowering::declare(const clang::VarDecl& variable) {
  const clang::QualType type = variable.getType();
  // Local memory was allocated on entry; constants are program scope wherever they are declared.
  if (type.getAddressSpace() == clang::LangAS::opencl_local || variable.hasGlobalStorage()) return;
  at(variable.getLocation());
  const clang::Expr* initializer = variable.getInit();
  const bool hoisted = hoisted_.contains(&variable);

  if (is_aggregate(type) || usage_.needs_memory(variable)) {
    if (!hoisted && initializer && is_aggregate(type) && bind_table(variable)) return;
    if (!hoisted) {
      const unsigned alignment = static_cast<unsigned>(context().getDeclAlign(&variable).getQuantity());
      operation* memory = build_.allocate(opcode::private_alloc, size_of(type), alignment, variable.getNameAsString());
      places_[&variable] = in_memory(memory, type);
    }
    if (initializer) {
      const place p = places_[&variable];
      initialize(initializer, type, p.pointer, p.alignment);
    }
    return;
  }
  if (hoisted) {
    if (initializer) store(places_[&variable], value(initializer));
    return;
  }
  bind(variable, initializer ? value(initializer) : nullptr);
}

/// A local array or struct that is only read and whose values are known needs no memory of each work-item's own.
bool function_lowering::bind_table(const clang::VarDecl& variable) {
  const clang::QualType type = variable.getType();
  if (usage_.not_only_read.contains(&variable) || type.isVolatileQualified()) return false;
  auto bytes = program_.evaluate(variable);
  if (!bytes) return false;
  operation* pointer = build_.append(opcode::global_address, ir::type::pointer(ir::address_space::constant));
  pointer->index = program_.add_constant(variable.getNameAsString(), std::move(*bytes), align_of(type));
  places_[&variable] = in_memory(pointer, type);
  return true;
}

/// Gives a scalar, vector or pointer its home; `initial` may be null.
void function_lowering::bind(const clang::VarDecl& variable, operation* initial) {
  const clang::QualType type = variable.getType();
  if (usage_.needs_memory(variable)) {
    operation* memory =
        build_.allocate(opcode::private_alloc, size_of(type), align_of(type), variable.getNameAsString());
    places_[&variable] = in_memory(memory, type);
    if (initial) store(places_[&variable], initial);
    return;
  }
  place p;
  p.type = type_of(type, variable.getLocation());
  if (usage_.needs_variable(variable)) {
    p.slot = build_.variable(p.type, variable.getNameAsString());
    if (initial) build_.write(p.slot, initial);
  } else {
    p.bound = initial ? initial : undefined(p.type);
  }
  places_[&variable] = p;
}

} // namespace dotcompute::frontend
