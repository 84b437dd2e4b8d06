// SPDX-License-Identifier: MIT
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

ir::operation* function_lowering::value(const clang::Expr* e) {
  if (depth_ >= deepest_nesting) {
    error(e, "the expression is nested too deeply");
    return undefined(e->getType());
  }
  ++depth_;
  const ir::source_location outer = build_.location;
  at(e->getExprLoc());
  operation* result = value_unguarded(e);
  build_.location = outer;
  --depth_;
  return result;
}

ir::operation* function_lowering::value_unguarded(const clang::Expr* e) {
  using clang::Stmt;
  switch (e->getStmtClass()) {
  case Stmt::ParenExprClass: return value(llvm::cast<clang::ParenExpr>(e)->getSubExpr());
  case Stmt::ConstantExprClass: return value(llvm::cast<clang::ConstantExpr>(e)->getSubExpr());
  case Stmt::GenericSelectionExprClass: return value(llvm::cast<clang::GenericSelectionExpr>(e)->getResultExpr());
  case Stmt::ChooseExprClass: return value(llvm::cast<clang::ChooseExpr>(e)->getChosenSubExpr());
  case Stmt::IntegerLiteralClass:
    return build_.constant_bits(type_of(e), llvm::cast<clang::IntegerLiteral>(e)->getValue().getZExtValue());
  case Stmt::CharacterLiteralClass:
    return build_.integer(type_of(e), llvm::cast<clang::CharacterLiteral>(e)->getValue());
  case Stmt::CXXBoolLiteralExprClass: return build_.boolean(llvm::cast<clang::CXXBoolLiteralExpr>(e)->getValue());
  case Stmt::FloatingLiteralClass: {
    const llvm::APFloat& number = llvm::cast<clang::FloatingLiteral>(e)->getValue();
    return build_.constant_bits(type_of(e), number.bitcastToAPInt().getZExtValue());
  }
  case Stmt::ImplicitCastExprClass:
  case Stmt::CStyleCastExprClass: return cast(*llvm::cast<clang::CastExpr>(e));
  case Stmt::UnaryOperatorClass: return unary_operator(*llvm::cast<clang::UnaryOperator>(e));
  case Stmt::BinaryOperatorClass: return binary_operator(*llvm::cast<clang::BinaryOperator>(e));
  case Stmt::CompoundAssignOperatorClass: return compound_assignment(*llvm::cast<clang::CompoundAssignOperator>(e));
  case Stmt::ConditionalOperatorClass: {
    const auto* choice = llvm::cast<clang::ConditionalOperator>(e);
    return conditional(*e, choice->getCond(), choice->getTrueExpr(), choice->getFalseExpr());
  }
  case Stmt::BinaryConditionalOperatorClass: {
    // a ?: b evaluates a once; its value stands for the opaque expression in the rest.
    const auto* choice = llvm::cast<clang::BinaryConditionalOperator>(e);
    opaque_[choice->getOpaqueValue()] = value(choice->getCommon());
    return conditional(*e, choice->getCond(), choice->getTrueExpr(), choice->getFalseExpr());
  }
  case Stmt::OpaqueValueExprClass: return opaque_.lookup(llvm::cast<clang::OpaqueValueExpr>(e));
  case Stmt::CallExprClass: return call(*llvm::cast<clang::CallExpr>(e));
  case Stmt::AsTypeExprClass: {
    const auto* as = llvm::cast<clang::AsTypeExpr>(e);
    return reinterpret(value(as->getSrcExpr()), type_of(e));
  }
  case Stmt::InitListExprClass: {
    const auto* list = llvm::cast<clang::InitListExpr>(e);
    if (e->getType()->isVectorType()) return literal_vector(*list);
    if (list->getNumInits() == 1) return value(list->getInit(0));
    return zero_of(type_of(e));
  }
  case Stmt::ImplicitValueInitExprClass: return zero_of(type_of(e));
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::OffsetOfExprClass: {
    clang::Expr::EvalResult result;
    if (e->EvaluateAsInt(result, context()))
      return build_.constant_bits(type_of(e), result.Val.getInt().getZExtValue());
    error(e, "the size is not a constant");
    return undefined(e->getType());
  }
  case Stmt::DeclRefExprClass: {
    const clang::ValueDecl* declaration = llvm::cast<clang::DeclRefExpr>(e)->getDecl();
    if (const auto* enumerator = llvm::dyn_cast<clang::EnumConstantDecl>(declaration))
      return build_.integer(type_of(e), enumerator->getInitVal().getExtValue());
    return load(locate(e));
  }
  case Stmt::MemberExprClass:
  case Stmt::ArraySubscriptExprClass:
  case Stmt::ExtVectorElementExprClass:
  case Stmt::CompoundLiteralExprClass: return load(locate(e));
  case Stmt::StmtExprClass: error(e, "statement expressions are not supported"); return undefined(e->getType());
  default:
    error(e, llvm::Twine("this expression is not supported in OpenCL C (") + e->getStmtClassName() + ")");
    return undefined(e->getType());
  }
}

void function_lowering::discard(const clang::Expr* e) {
  e = e->IgnoreParens();
  if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) {
    // The value of a read that nobody wants: only a volatile object's read counts.
    if (cast->getCastKind() == clang::CK_ToVoid) return discard(cast->getSubExpr());
    if (cast->getCastKind() == clang::CK_LValueToRValue && !cast->getSubExpr()->getType().isVolatileQualified()) {
      return discard(cast->getSubExpr());
    }
  }
  if (llvm::isa<clang::DeclRefExpr>(e)) return;
  if (is_aggregate(e->getType())) {
    aggregate(e);
  } else {
    value(e);
  }
}

ir::operation* function_lowering::literal_vector(const clang::InitListExpr& list) {
  const ir::type type = type_of(&list);
  llvm::SmallVector<operation*, 16> components;
  for (const clang::Expr* item : list.inits()) {
    operation* v = value(item);
    for (unsigned i = 0; i < (v->result.is_vector() ? v->result.components : 1u); ++i)
      components.push_back(component_of(v, i));
  }
  if (components.size() == 1) return build_.splat(components[0], type.components);
  while (components.size() < type.components)
    components.push_back(zero_of(type.element_type()));
  components.resize(type.components);
  return build_.build(components);
}

ir::operation* function_lowering::unary_operator(const clang::UnaryOperator& e) {
  const clang::Expr* operand = e.getSubExpr();
  switch (e.getOpcode()) {
  case clang::UO_AddrOf: return address(operand);
  case clang::UO_Deref: return load(locate(&e));
  case clang::UO_Plus:
  case clang::UO_Extension: return value(operand);
  case clang::UO_Minus: {
    operation* v = value(operand);
    if (v->result.is_float()) return build_.unary(opcode::fneg, v);
    operation* negated = build_.binary(opcode::sub, zero_of(v->result), v);
    negated->no_signed_wrap = e.getType()->isSignedIntegerType();
    return negated;
  }
  case clang::UO_Not: {
    operation* v = value(operand);
    return build_.binary(opcode::bit_xor, v, build_.integer(v->result, -1));
  }
  case clang::UO_LNot: {
    operation* v = value(operand);
    const ir::type result = type_of(&e);
    if (result.is_vector()) return widen_mask(invert(to_boolean(v)), result);
    operation* inverted = invert(to_boolean(v));
    return result.is_boolean() ? inverted : build_.convert(opcode::zero_extend, inverted, result);
  }
  case clang::UO_PreInc:
  case clang::UO_PreDec:
  case clang::UO_PostInc:
  case clang::UO_PostDec: return increment(e);
  default: error(&e, "this operator is not supported in OpenCL C"); return undefined(e.getType());
  }
}

ir::operation* function_lowering::increment(const clang::UnaryOperator& e) {
  const clang::QualType type = e.getType();
  const place p = locate(e.getSubExpr());
  operation* before = load(p);
  operation* after = nullptr;
  const std::int64_t step = e.isIncrementOp() ? 1 : -1;
  if (type->isPointerType()) {
    after = build_.pointer_add(before, nullptr, 1, true, step * size_of(type->getPointeeType()));
  } else if (before->result.is_boolean()) {
    // true++ stays true; bool-- gives the other value (C99 6.5.3.1 by way of int arithmetic).
    operation* one = build_.boolean(true);
    after = step > 0 ? one : build_.binary(opcode::bit_xor, before, one);
  } else if (before->result.is_float()) {
    after = build_.binary(opcode::fadd, before, number(before->result, static_cast<double>(step)));
  } else {
    after = build_.binary(opcode::add, before, build_.integer(before->result, step));
    after->no_signed_wrap = type->isSignedIntegerType() && ir::bit_width(before->result.element) >= 32;
  }
  store(p, after);
  return e.isPrefix() ? after : before;
}

ir::operation* function_lowering::conditional(const clang::Expr& e, const clang::Expr* test, const clang::Expr* yes,
                                              const clang::Expr* no) {
  if (test->getType()->isVectorType()) {
    operation* mask = sign_mask(value(test));
    operation* a = value(yes);
    operation* b = value(no);
    return build_.choose(mask, splat_to(a, type_of(&e)), splat_to(b, type_of(&e)));
  }
  operation* chosen = condition(test);
  const bool is_void = e.getType()->isVoidType();
  if (!is_void && is_cheap(yes) && is_cheap(no)) {
    operation* a = value(yes);
    operation* b = value(no);
    return build_.choose(chosen, a, b);
  }
  operation* slot = is_void ? nullptr : build_.variable(type_of(&e));
  operation* branch = build_.if_else(chosen);
  ir::region* outer = build_.current();
  for (const unsigned side : {0u, 1u}) {
    build_.enter(branch->body(side));
    const clang::Expr* arm = side == 0 ? yes : no;
    if (is_void)
      discard(arm);
    else
      build_.write(slot, value(arm));
  }
  build_.enter(*outer);
  return slot ? build_.read(slot) : nullptr;
}

} // namespace dotcompute::frontend
