// SPDX-License-Identifier: MIT
// Binary operators and assignments.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

ir::operation* function_lowering::binary_operator(const clang::BinaryOperator& e) {
  const clang::BinaryOperatorKind kind = e.getOpcode();
  const clang::Expr* left = e.getLHS();
  const clang::Expr* right = e.getRHS();
  if (kind == clang::BO_Comma) {
    discard(left);
    return value(right);
  }
  if (kind == clang::BO_Assign) return assignment(e);
  if (e.isLogicalOp()) return e.getType()->isVectorType() ? vector_logical(e) : logical(e);
  if (e.isComparisonOp()) {
    operation* a = value(left);
    operation* b = value(right);
    operation* result = comparison(kind, a, b, left->getType());
    const ir::type type = type_of(&e);
    return type.is_vector() ? widen_mask(result, type) : build_.convert(opcode::zero_extend, result, type);
  }
  if (e.isAdditiveOp()) {
    if (left->getType()->isPointerType() && right->getType()->isPointerType()) return pointer_difference(e);
    if (left->getType()->isPointerType()) return pointer_arithmetic(kind, left, right);
    if (right->getType()->isPointerType()) return pointer_arithmetic(kind, right, left);
    if (operation* fused = contracted(e)) return fused;
  }
  operation* a = value(left);
  operation* b = value(right);
  build_.flags = flags_of(e.getFPFeaturesInEffect(context().getLangOpts()));
  operation* result = arithmetic(kind, a, b, e.getType(), e.getOperatorLoc());
  build_.flags = default_flags_;
  return result;
}

ir::operation* function_lowering::arithmetic(clang::BinaryOperatorKind kind, operation* a, operation* b,
                                             clang::QualType type, clang::SourceLocation where) {
  const bool sign = is_signed(type);
  const auto plain = [&](opcode floating, opcode integer) {
    if (a->result.is_float()) return build_.binary(floating, a, b);
    operation* result = build_.binary(integer, a, b);
    result->no_signed_wrap = sign && ir::bit_width(a->result.element) >= 32;
    return result;
  };
  switch (kind) {
  case clang::BO_Add:
  case clang::BO_AddAssign: return plain(opcode::fadd, opcode::add);
  case clang::BO_Sub:
  case clang::BO_SubAssign: return plain(opcode::fsub, opcode::sub);
  case clang::BO_Mul:
  case clang::BO_MulAssign: return plain(opcode::fmul, opcode::mul);
  case clang::BO_Div:
  case clang::BO_DivAssign:
    if (a->result.is_float()) return build_.binary(opcode::fdiv, a, b);
    return build_.binary(sign ? opcode::sdiv : opcode::udiv, a, b);
  case clang::BO_Rem:
  case clang::BO_RemAssign: return build_.binary(sign ? opcode::srem : opcode::urem, a, b);
  case clang::BO_Shl:
  case clang::BO_ShlAssign:
  case clang::BO_Shr:
  case clang::BO_ShrAssign: {
    // The amount may have another width than what is shifted; only its low bits count (OpenCL C 6.3.j).
    if (b->result.element != a->result.element)
      b = build_.convert(ir::bit_width(b->result.element) > ir::bit_width(a->result.element) ? opcode::int_truncate
                                                                                             : opcode::zero_extend,
                         b, b->result.with_element(a->result.element));
    b = splat_to(b, a->result);
    const bool to_left = kind == clang::BO_Shl || kind == clang::BO_ShlAssign;
    return build_.binary(to_left ? opcode::shl : sign ? opcode::ashr : opcode::lshr, a, b);
  }
  case clang::BO_And:
  case clang::BO_AndAssign: return build_.binary(opcode::bit_and, a, b);
  case clang::BO_Or:
  case clang::BO_OrAssign: return build_.binary(opcode::bit_or, a, b);
  case clang::BO_Xor:
  case clang::BO_XorAssign: return build_.binary(opcode::bit_xor, a, b);
  default: program_.error(where, "this operator is not supported in OpenCL C"); return a;
  }
}

/// a * b + c, c + a * b, a * b - c and c - a * b as one operation, where contraction is allowed; else null.
ir::operation* function_lowering::contracted(const clang::BinaryOperator& e) {
  const clang::FPOptions options = e.getFPFeaturesInEffect(context().getLangOpts());
  if (!options.allowFPContractWithinStatement() || !e.getType()->hasFloatingRepresentation()) return nullptr;
  const auto product_in = [&](const clang::Expr* side) -> const clang::BinaryOperator* {
    const auto* product = llvm::dyn_cast<clang::BinaryOperator>(side->IgnoreParens());
    if (!product || product->getOpcode() != clang::BO_Mul) return nullptr;
    return product->getFPFeaturesInEffect(context().getLangOpts()).allowFPContractWithinStatement() ? product : nullptr;
  };
  const bool minus = e.getOpcode() == clang::BO_Sub;
  const clang::BinaryOperator* product = product_in(e.getLHS());
  const bool product_first = product != nullptr;
  if (!product) product = product_in(e.getRHS());
  if (!product) return nullptr;
  operation* addend = product_first ? nullptr : value(e.getLHS());
  operation* a = value(product->getLHS());
  operation* b = value(product->getRHS());
  if (product_first) {
    addend = value(e.getRHS());
    if (minus) addend = build_.unary(opcode::fneg, addend);
  } else if (minus) {
    a = build_.unary(opcode::fneg, a);
  }
  operation* fused = build_.append(opcode::fmuladd, a->result, {a, b, addend});
  fused->flags = flags_of(options);
  return fused;
}

ir::operation* function_lowering::comparison(clang::BinaryOperatorKind kind, operation* a, operation* b,
                                             clang::QualType operand_type) {
  const bool swapped = kind == clang::BO_GT || kind == clang::BO_GE;
  if (swapped) std::swap(a, b);
  const bool or_equal = kind == clang::BO_GE || kind == clang::BO_LE;
  if (a->result.is_float()) {
    switch (kind) {
    case clang::BO_EQ: return build_.compare(opcode::fcmp_oeq, a, b);
    case clang::BO_NE: return build_.compare(opcode::fcmp_une, a, b);
    default: return build_.compare(or_equal ? opcode::fcmp_ole : opcode::fcmp_olt, a, b);
    }
  }
  if (a->result.is_boolean()) {
    // Only possible between bools without promotion.
    a = build_.convert(opcode::zero_extend, a, a->result.with_element(ir::scalar_kind::i32));
    b = build_.convert(opcode::zero_extend, b, b->result.with_element(ir::scalar_kind::i32));
  }
  const bool sign = is_signed(operand_type);
  switch (kind) {
  case clang::BO_EQ: return build_.compare(opcode::icmp_eq, a, b);
  case clang::BO_NE: return build_.compare(opcode::icmp_ne, a, b);
  default:
    if (or_equal) return build_.compare(sign ? opcode::icmp_sle : opcode::icmp_ule, a, b);
    return build_.compare(sign ? opcode::icmp_slt : opcode::icmp_ult, a, b);
  }
}

ir::operation* function_lowering::pointer_arithmetic(clang::BinaryOperatorKind kind, const clang::Expr* left,
                                                     const clang::Expr* right) {
  const std::int64_t bytes = size_of(left->getType()->getPointeeType());
  const std::int64_t scale = kind == clang::BO_Sub || kind == clang::BO_SubAssign ? -bytes : bytes;
  operation* pointer = value(left);
  operation* index = value(right);
  return build_.pointer_add(pointer, index, scale, is_signed(right->getType()));
}

ir::operation* function_lowering::pointer_difference(const clang::BinaryOperator& e) {
  operation* a = build_.convert(opcode::pointer_to_int, value(e.getLHS()), ir::type::i64());
  operation* b = build_.convert(opcode::pointer_to_int, value(e.getRHS()), ir::type::i64());
  operation* bytes = build_.binary(opcode::sub, a, b);
  const std::int64_t size = std::max<std::int64_t>(size_of(e.getLHS()->getType()->getPointeeType()), 1);
  if (size == 1) return bytes;
  if ((size & (size - 1)) == 0)
    return build_.binary(opcode::ashr, bytes, build_.i64(__builtin_ctzll(static_cast<std::uint64_t>(size))));
  return build_.binary(opcode::sdiv, bytes, build_.i64(size));
}

ir::operation* function_lowering::assignment(const clang::BinaryOperator& e) {
  const clang::QualType type = e.getType();
  if (is_aggregate(type)) {
    const place p = locate(e.getLHS());
    operation* source = aggregate(e.getRHS());
    if (p.pointer) copy(p.pointer, source, type, p.alignment);
    return p.pointer;
  }
  // The right side first: its calls may need the left side's variables as they were.
  operation* v = value(e.getRHS());
  const place p = locate(e.getLHS());
  at(e.getOperatorLoc());
  store(p, v);
  return v;
}

ir::operation* function_lowering::compound_assignment(const clang::CompoundAssignOperator& e) {
  const clang::QualType type = e.getType();
  if (type->isPointerType()) {
    operation* index = value(e.getRHS());
    const place p = locate(e.getLHS());
    const std::int64_t bytes = size_of(type->getPointeeType());
    at(e.getOperatorLoc());
    operation* moved = build_.pointer_add(load(p), index, e.getOpcode() == clang::BO_SubAssign ? -bytes : bytes,
                                          is_signed(e.getRHS()->getType()));
    store(p, moved);
    return moved;
  }
  const clang::FPOptions options = e.getFPFeaturesInEffect(context().getLangOpts());
  const bool adds = e.getOpcode() == clang::BO_AddAssign || e.getOpcode() == clang::BO_SubAssign;
  const auto* product = llvm::dyn_cast<clang::BinaryOperator>(e.getRHS()->IgnoreParens());
  const bool fuse = adds && product && product->getOpcode() == clang::BO_Mul &&
                    e.getComputationLHSType()->hasFloatingRepresentation() &&
                    options.allowFPContractWithinStatement() &&
                    product->getFPFeaturesInEffect(context().getLangOpts()).allowFPContractWithinStatement();
  operation* a = fuse ? value(product->getLHS()) : nullptr;
  operation* b = fuse ? value(product->getRHS()) : value(e.getRHS());
  const place p = locate(e.getLHS());
  at(e.getOperatorLoc());
  operation* old = convert(load(p), e.getLHS()->getType(), e.getComputationLHSType());
  build_.flags = flags_of(options);
  operation* result = nullptr;
  if (fuse) {
    if (e.getOpcode() == clang::BO_SubAssign) a = build_.unary(opcode::fneg, a);
    result = build_.append(opcode::fmuladd, old->result, {a, b, old});
  } else {
    result = arithmetic(e.getOpcode(), old, b, e.getComputationLHSType(), e.getOperatorLoc());
  }
  build_.flags = default_flags_;
  operation* v = convert(result, e.getComputationResultType(), type);
  store(p, v);
  return v;
}

} // namespace dotcompute::frontend
