// SPDX-License-Identifier: MIT
// Expressions as conditions, and the operators that evaluate their right side only sometimes.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

/// Up to this many operations are cheaper done always than branched around.
static constexpr unsigned speculation_budget = 12;
static constexpr unsigned never = speculation_budget + 1;

ir::operation* function_lowering::condition(const clang::Expr* e) {
  e = e->IgnoreParens();
  const ir::source_location outer = build_.location;
  at(e->getExprLoc());
  operation* result = nullptr;
  const auto* cast = llvm::dyn_cast<clang::CastExpr>(e);
  const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(e);
  const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(e);
  if (depth_ >= deepest_nesting) {
    result = to_boolean(value(e));
  } else if (cast &&
             (cast->getCastKind() == clang::CK_IntegralToBoolean ||
              (cast->getCastKind() == clang::CK_IntegralCast && cast->getSubExpr()->getType()->isBooleanType()))) {
    ++depth_;
    result = condition(cast->getSubExpr());
    --depth_;
  } else if (unary && unary->getOpcode() == clang::UO_LNot && !e->getType()->isVectorType()) {
    ++depth_;
    result = invert(condition(unary->getSubExpr()));
    --depth_;
  } else if (binary && binary->isComparisonOp() && !e->getType()->isVectorType()) {
    operation* a = value(binary->getLHS());
    operation* b = value(binary->getRHS());
    result = comparison(binary->getOpcode(), a, b, binary->getLHS()->getType());
  } else if (binary && binary->isLogicalOp() && !e->getType()->isVectorType()) {
    ++depth_;
    const bool is_and = binary->getOpcode() == clang::BO_LAnd;
    operation* left = condition(binary->getLHS());
    if (is_cheap(binary->getRHS())) {
      operation* right = condition(binary->getRHS());
      result = build_.binary(is_and ? opcode::bit_and : opcode::bit_or, left, right);
    } else {
      operation* slot = build_.variable(ir::type::boolean());
      operation* branch = build_.if_else(left);
      ir::region* outer_region = build_.current();
      build_.enter(branch->body(is_and ? 0 : 1));
      build_.write(slot, condition(binary->getRHS()));
      build_.enter(branch->body(is_and ? 1 : 0));
      build_.write(slot, build_.boolean(!is_and));
      build_.enter(*outer_region);
      result = build_.read(slot);
    }
    --depth_;
  } else {
    result = to_boolean(value(e));
  }
  build_.location = outer;
  return result;
}

ir::operation* function_lowering::logical(const clang::BinaryOperator& e) {
  operation* result = condition(&e);
  const ir::type type = type_of(&e);
  return type.is_boolean() ? result : build_.convert(opcode::zero_extend, result, type);
}

ir::operation* function_lowering::vector_logical(const clang::BinaryOperator& e) {
  operation* a = to_boolean(value(e.getLHS()));
  operation* b = to_boolean(value(e.getRHS()));
  operation* both = build_.binary(e.getOpcode() == clang::BO_LAnd ? opcode::bit_and : opcode::bit_or, a, b);
  return widen_mask(both, type_of(&e));
}

bool function_lowering::is_cheap(const clang::Expr* e) const {
  return speculation_cost(e) <= speculation_budget;
}

unsigned function_lowering::speculation_cost(const clang::Expr* e) const {
  e = e->IgnoreParens();
  const auto sum = [](unsigned a, unsigned b) { return std::min(a + b, never); };
  if (is_aggregate(e->getType()) || e->getType()->isVoidType()) return never;
  if (llvm::isa<clang::IntegerLiteral, clang::FloatingLiteral, clang::CharacterLiteral, clang::CXXBoolLiteralExpr,
                clang::UnaryExprOrTypeTraitExpr, clang::OpaqueValueExpr>(e))
    return 0;
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e)) {
    if (llvm::isa<clang::EnumConstantDecl>(reference->getDecl())) return 0;
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl());
    const auto found = variable ? places_.find(variable) : places_.end();
    return found != places_.end() && !found->second.pointer ? 0 : never;
  }
  if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) {
    switch (cast->getCastKind()) {
    case clang::CK_LValueToRValue:
    case clang::CK_NoOp: return speculation_cost(cast->getSubExpr());
    case clang::CK_IntegralCast:
    case clang::CK_IntegralToFloating:
    case clang::CK_FloatingToIntegral:
    case clang::CK_FloatingCast:
    case clang::CK_IntegralToBoolean:
    case clang::CK_FloatingToBoolean:
    case clang::CK_VectorSplat:
    case clang::CK_BooleanToSignedIntegral:
    case clang::CK_NullToPointer: return sum(1, speculation_cost(cast->getSubExpr()));
    default: return never;
    }
  }
  if (const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(e)) {
    switch (unary->getOpcode()) {
    case clang::UO_Plus:
    case clang::UO_Minus:
    case clang::UO_Not:
    case clang::UO_LNot: return sum(1, speculation_cost(unary->getSubExpr()));
    default: return never;
    }
  }
  if (const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(e)) {
    if (binary->isAssignmentOp() || binary->getOpcode() == clang::BO_Comma) return never;
    const bool divides = binary->getOpcode() == clang::BO_Div || binary->getOpcode() == clang::BO_Rem;
    if (divides && !e->getType()->hasFloatingRepresentation()) return never;
    const unsigned own = divides ? 4 : 1;
    const unsigned right = speculation_cost(binary->getRHS());
    return right >= never ? never : sum(own, sum(right, speculation_cost(binary->getLHS())));
  }
  if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(e))
    return sum(sum(1, speculation_cost(choice->getCond())),
               sum(speculation_cost(choice->getTrueExpr()), speculation_cost(choice->getFalseExpr())));
  if (const auto* element = llvm::dyn_cast<clang::ExtVectorElementExpr>(e))
    return element->isArrow() ? never : sum(1, speculation_cost(element->getBase()));
  if (const auto* call = llvm::dyn_cast<clang::CallExpr>(e)) {
    static const llvm::StringSet<> single_operations = {"get_global_id",
                                                        "get_local_id",
                                                        "get_group_id",
                                                        "get_global_size",
                                                        "get_local_size",
                                                        "get_num_groups",
                                                        "min",
                                                        "max",
                                                        "fmin",
                                                        "fmax",
                                                        "fabs",
                                                        "abs",
                                                        "clamp",
                                                        "mad",
                                                        "fma",
                                                        "floor",
                                                        "ceil",
                                                        "trunc",
                                                        "rint",
                                                        "isnan",
                                                        "isinf",
                                                        "isfinite",
                                                        "mad24",
                                                        "mul24",
                                                        "mul_hi",
                                                        "copysign"};
    const clang::FunctionDecl* callee = call->getDirectCallee();
    if (callee && callee->getBuiltinID() != 0 && call->isEvaluatable(context())) return 0;
    if (!callee || callee->getDefinition() || !callee->getDeclName().isIdentifier() ||
        !single_operations.contains(callee->getName()))
      return never;
    unsigned cost = 2;
    for (const clang::Expr* argument : call->arguments())
      cost = sum(cost, speculation_cost(argument));
    return cost;
  }
  return never;
}

} // namespace dotcompute::frontend
