// SPDX-License-Identifier: MIT
// Lvalues: where objects and their parts are, and how they are read and written.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

place function_lowering::locate(const clang::Expr* e) {
  e = e->IgnoreParens();
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e)) {
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl())) {
      if (const auto found = places_.find(variable); found != places_.end()) return found->second;
      if (variable->getType().getAddressSpace() == clang::LangAS::opencl_constant) {
        if (const auto index = program_.constant_of(*variable)) {
          operation* pointer = build_.append(opcode::global_address, ir::type::pointer(ir::address_space::constant));
          pointer->index = *index;
          return in_memory(pointer, variable->getType());
        }
        // The error was reported where the constant is declared.
      } else {
        error(e, "program-scope variable '" + variable->getName() + "' is not in the __constant address space");
      }
    }
    return in_memory(undefined(ir::type::pointer(ir::address_space::constant)), e->getType());
  }
  if (const auto* access = llvm::dyn_cast<clang::MemberExpr>(e)) return member(*access);
  if (const auto* access = llvm::dyn_cast<clang::ArraySubscriptExpr>(e)) return subscript(*access);
  if (const auto* access = llvm::dyn_cast<clang::ExtVectorElementExpr>(e)) return swizzle(*access);
  if (const auto* text = llvm::dyn_cast<clang::StringLiteral>(e)) {
    operation* pointer = build_.append(opcode::global_address, ir::type::pointer(ir::address_space::constant));
    pointer->index = program_.constant_of(*text);
    return in_memory(pointer, e->getType());
  }
  if (const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(e)) {
    if (unary->getOpcode() == clang::UO_Deref) return in_memory(value(unary->getSubExpr()), e->getType());
    if (unary->getOpcode() == clang::UO_Extension) return locate(unary->getSubExpr());
  }
  if (const auto* literal = llvm::dyn_cast<clang::CompoundLiteralExpr>(e)) {
    if (!is_aggregate(e->getType())) {
      place p;
      p.bound = value(literal->getInitializer());
      p.type = p.bound->result;
      return p;
    }
    const place p = temporary(e->getType(), "literal");
    initialize(literal->getInitializer(), e->getType(), p.pointer, p.alignment);
    return p;
  }
  if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) {
    if (cast->getCastKind() == clang::CK_NoOp) return locate(cast->getSubExpr());
    if (cast->getCastKind() == clang::CK_LValueBitCast) {
      return in_memory(address(cast->getSubExpr()), e->getType());
    }
  }
  if (const auto* predefined = llvm::dyn_cast<clang::PredefinedExpr>(e))
    if (predefined->getFunctionName()) return locate(predefined->getFunctionName());
  if (is_aggregate(e->getType())) return in_memory(aggregate(e), e->getType());
  place p;
  p.bound = value(e);
  p.type = p.bound ? p.bound->result : ir::type::i32();
  return p;
}

place function_lowering::member(const clang::MemberExpr& e) {
  const auto* field = llvm::dyn_cast<clang::FieldDecl>(e.getMemberDecl());
  place base =
      e.isArrow() ? in_memory(value(e.getBase()), e.getBase()->getType()->getPointeeType()) : locate(e.getBase());
  if (!field || !base.pointer)
    return in_memory(undefined(ir::type::pointer(ir::address_space::private_memory)), e.getType());
  if (field->isBitField()) error(&e, "bit-fields are not supported");
  const clang::ASTRecordLayout& layout = context().getASTRecordLayout(field->getParent());
  const std::int64_t offset =
      context()
          .toCharUnitsFromBits(static_cast<std::int64_t>(layout.getFieldOffset(field->getFieldIndex())))
          .getQuantity();
  at(e.getMemberLoc());
  operation* pointer = offset ? build_.pointer_add(base.pointer, nullptr, 1, true, offset) : base.pointer;
  place p = in_memory(pointer, e.getType());
  p.alignment = alignment_at(base.alignment, offset);
  p.is_volatile |= base.is_volatile;
  return p;
}

place function_lowering::subscript(const clang::ArraySubscriptExpr& e) {
  const clang::Expr* base = e.getBase()->IgnoreParens();
  const clang::Expr* index = e.getIdx();
  if (base->getType()->isVectorType()) {
    place p = locate(base);
    operation* position = value(index);
    if (position->code == opcode::constant) {
      p.components = {static_cast<unsigned>(position->bits % p.type.components)};
    } else {
      p.component = convert(position, index->getType(), context().IntTy);
    }
    return p;
  }
  unsigned alignment = align_of(e.getType());
  operation* pointer = nullptr;
  const auto* decay = llvm::dyn_cast<clang::CastExpr>(base);
  bool is_volatile = false;
  if (decay && decay->getCastKind() == clang::CK_ArrayToPointerDecay) {
    // The array may be less aligned than its type says: it may be a member of a packed struct.
    const place array = locate(decay->getSubExpr());
    pointer = array.pointer;
    is_volatile = array.is_volatile;
    alignment = std::min(alignment, array.alignment);
  } else {
    pointer = value(base);
  }
  operation* position = value(index);
  const std::int64_t scale = size_of(e.getType());
  at(e.getExprLoc());
  operation* element = nullptr;
  if (position->code == opcode::constant) {
    const auto bits = static_cast<std::int64_t>(position->bits);
    const unsigned shift = 64 - ir::bit_width(position->result.element);
    const bool sign = is_signed(index->getType());
    const std::int64_t n = sign ? static_cast<std::int64_t>(static_cast<std::uint64_t>(bits) << shift) >> shift : bits;
    element = n ? build_.pointer_add(pointer, nullptr, 1, true, n * scale) : pointer;
  } else {
    element = build_.pointer_add(pointer, position, scale, is_signed(index->getType()));
  }
  place p = in_memory(element, e.getType());
  p.alignment = alignment;
  p.is_volatile |= is_volatile;
  return p;
}

place function_lowering::swizzle(const clang::ExtVectorElementExpr& e) {
  place p = e.isArrow() ? in_memory(value(e.getBase()), e.getBase()->getType()->getPointeeType()) : locate(e.getBase());
  llvm::SmallVector<std::uint32_t, 16> chosen;
  e.getEncodedElementAccess(chosen);
  llvm::SmallVector<unsigned, 4> components;
  for (const std::uint32_t c : chosen)
    components.push_back(p.components.empty() ? c : p.components[c]);
  p.components = components;
  return p;
}

ir::operation* function_lowering::load(const place& p) {
  if (!p.pointer) {
    operation* whole = p.slot ? build_.read(p.slot) : p.bound;
    if (p.component) {
      return build_.append(opcode::extract_dynamic, whole->result.element_type(),
                           {p.components.empty() ? whole : pick(whole, p.components), p.component});
    }
    return p.components.empty() ? whole : pick(whole, p.components);
  }
  const unsigned element_bytes = p.type.is_number() ? ir::byte_size(p.type.element) : 8;
  if (p.component) {
    operation* element = build_.pointer_add(p.pointer, p.component, element_bytes, true);
    return build_.load(element, p.type.element_type(), std::min(p.alignment, element_bytes), p.is_volatile);
  }
  if (p.components.size() == 1) {
    const std::int64_t offset = static_cast<std::int64_t>(p.components[0]) * element_bytes;
    operation* element = offset ? build_.pointer_add(p.pointer, nullptr, 1, true, offset) : p.pointer;
    return build_.load(element, p.type.element_type(), std::min(p.alignment, element_bytes), p.is_volatile);
  }
  if (p.type.is_boolean()) {
    const ir::type byte = ir::type::scalar(ir::scalar_kind::i8);
    return to_boolean(build_.load(p.pointer, byte, 1, p.is_volatile));
  }
  operation* whole = build_.load(p.pointer, p.type, p.alignment, p.is_volatile);
  return p.components.empty() ? whole : pick(whole, p.components);
}

void function_lowering::store(const place& p, operation* v) {
  if (p.slot) {
    operation* whole = v;
    if (p.component)
      whole = with_component(build_.read(p.slot), p.component, v);
    else if (!p.components.empty())
      whole = with_components(build_.read(p.slot), p.components, v);
    build_.write(p.slot, whole);
    return;
  }
  if (!p.pointer) return; // only after an error: values are not assigned to
  const unsigned element_bytes = p.type.is_number() ? ir::byte_size(p.type.element) : 8;
  if (p.component) {
    operation* element = build_.pointer_add(p.pointer, p.component, element_bytes, true);
    build_.store(element, v, std::min(p.alignment, element_bytes), p.is_volatile);
  } else if (!p.components.empty()) {
    // Component by component: the others belong to whoever else writes them.
    for (unsigned i = 0; i < p.components.size(); ++i) {
      const std::int64_t offset = static_cast<std::int64_t>(p.components[i]) * element_bytes;
      operation* element = offset ? build_.pointer_add(p.pointer, nullptr, 1, true, offset) : p.pointer;
      build_.store(element, component_of(v, i), std::min(p.alignment, element_bytes), p.is_volatile);
    }
  } else if (p.type.is_boolean()) {
    build_.store(p.pointer, build_.convert(opcode::zero_extend, v, ir::type::scalar(ir::scalar_kind::i8)), 1,
                 p.is_volatile);
  } else {
    build_.store(p.pointer, v, p.alignment, p.is_volatile);
  }
}

ir::operation* function_lowering::address(const clang::Expr* e) {
  const place p = locate(e);
  if (!p.pointer) {
    error(e, "the address of this expression cannot be taken");
    return undefined(ir::type::pointer(ir::address_space::private_memory));
  }
  return p.pointer;
}

place function_lowering::temporary(clang::QualType type, llvm::StringRef name) {
  return in_memory(build_.allocate(opcode::private_alloc, size_of(type), align_of(type), name.str()),
                   type.getUnqualifiedType());
}

ir::operation* function_lowering::with_component(operation* vector, operation* index, operation* element) {
  llvm::SmallVector<operation*, 16> components;
  for (unsigned i = 0; i < vector->result.components; ++i) {
    operation* is_it = build_.compare(opcode::icmp_eq, index, build_.integer(index->result, i));
    components.push_back(build_.choose(is_it, element, build_.extract(vector, i)));
  }
  return build_.build(components);
}

ir::operation* function_lowering::with_components(operation* vector, llvm::ArrayRef<unsigned> chosen,
                                                  operation* elements) {
  llvm::SmallVector<operation*, 16> components(vector->result.components, nullptr);
  for (unsigned i = 0; i < chosen.size(); ++i)
    components[chosen[i]] = component_of(elements, i);
  for (unsigned i = 0; i < components.size(); ++i)
    if (!components[i]) components[i] = build_.extract(vector, i);
  return build_.build(components);
}

ir::operation* function_lowering::pick(operation* vector, llvm::ArrayRef<unsigned> chosen) {
  if (chosen.size() == 1) return build_.extract(vector, chosen[0]);
  llvm::SmallVector<std::int32_t, 16> indices(chosen.begin(), chosen.end());
  return build_.shuffle(vector, vector, indices);
}

ir::operation* function_lowering::component_of(operation* v, unsigned i) {
  return v->result.is_vector() ? build_.extract(v, i) : v;
}

ir::operation* function_lowering::assemble(llvm::ArrayRef<operation*> components) {
  return components.size() == 1 ? components[0] : build_.build(components);
}

} // namespace dotcompute::frontend
