// SPDX-License-Identifier: MIT
// Conversions between types, and the small shapes that everything else is made of.
#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

ir::operation* function_lowering::cast(const clang::CastExpr& e) {
  const clang::Expr* operand = e.getSubExpr();
  switch (e.getCastKind()) {
  case clang::CK_LValueToRValue:
    if (operation* known = known_value(operand)) return known;
    return load(locate(operand));
  case clang::CK_NoOp:
  case clang::CK_BuiltinFnToFnPtr: return value(operand);
  case clang::CK_ToVoid: discard(operand); return nullptr;
  case clang::CK_ArrayToPointerDecay: return address(operand);
  case clang::CK_NullToPointer: return build_.convert(opcode::int_to_pointer, build_.i64(0), type_of(&e));
  case clang::CK_IntegralToPointer:
    return build_.convert(opcode::int_to_pointer, convert(value(operand), operand->getType(), context().LongTy),
                          type_of(&e));
  case clang::CK_PointerToIntegral:
    return convert(build_.convert(opcode::pointer_to_int, value(operand), ir::type::i64()), context().UnsignedLongTy,
                   e.getType());
  case clang::CK_PointerToBoolean:
  case clang::CK_IntegralToBoolean:
  case clang::CK_FloatingToBoolean: return to_boolean(value(operand));
  case clang::CK_BooleanToSignedIntegral: return build_.convert(opcode::sign_extend, value(operand), type_of(&e));
  case clang::CK_IntegralCast:
  case clang::CK_IntegralToFloating:
  case clang::CK_FloatingToIntegral:
  case clang::CK_FloatingCast: return convert(value(operand), operand->getType(), e.getType());
  case clang::CK_VectorSplat: return splat_to(value(operand), type_of(&e));
  case clang::CK_BitCast: {
    operation* v = value(operand);
    const ir::type to = type_of(&e);
    return v->result.is_pointer() && to.is_pointer() && v->result != to && v->result.space != to.space &&
                   operand->getType()->getPointeeType().getAddressSpace() !=
                       e.getType()->getPointeeType().getAddressSpace()
               ? (error(&e, "pointers to different address spaces do not convert"), undefined(to))
           : v->result == to || to.is_pointer() ? v
                                                : reinterpret(v, to);
  }
  case clang::CK_AddressSpaceConversion:
    error(&e, "pointers to the generic address space are not supported: '" + e.getType().getAsString() + "'");
    return undefined(e.getType());
  case clang::CK_ZeroToOCLOpaqueType: return zero_of(type_of(&e));
  default:
    error(&e, llvm::Twine("this conversion is not supported in OpenCL C (") + e.getCastKindName() + ")");
    return undefined(e.getType());
  }
}

/// What a scalar or pointer in __constant memory was initialised with, where the source shows it; else null.
ir::operation* function_lowering::known_value(const clang::Expr* e) {
  const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e->IgnoreParens());
  const auto* variable = reference ? llvm::dyn_cast<clang::VarDecl>(reference->getDecl()) : nullptr;
  if (!variable || variable->getType().getAddressSpace() != clang::LangAS::opencl_constant) return nullptr;
  if (const clang::VarDecl* definition = variable->getDefinition()) variable = definition;
  const auto type = map_value(variable->getType(), context());
  if (!type || type->is_vector() || !variable->getInit()) return nullptr;
  const clang::APValue* known = variable->evaluateValue();
  if (!known) return nullptr;
  if (known->isInt()) return build_.constant_bits(*type, known->getInt().getZExtValue());
  if (known->isFloat()) return build_.constant_bits(*type, known->getFloat().bitcastToAPInt().getZExtValue());
  if (!known->isLValue() || !type->is_pointer()) return nullptr;
  const std::int64_t offset = known->getLValueOffset().getQuantity();
  const clang::APValue::LValueBase base = known->getLValueBase();
  if (!base) return build_.convert(opcode::int_to_pointer, build_.i64(offset), *type);
  std::optional<unsigned> index;
  if (const auto* declaration = base.dyn_cast<const clang::ValueDecl*>()) {
    if (const auto* pointed = llvm::dyn_cast<clang::VarDecl>(declaration)) index = program_.constant_of(*pointed);
  } else if (const auto* expression = base.dyn_cast<const clang::Expr*>()) {
    if (const auto* text = llvm::dyn_cast<clang::StringLiteral>(expression)) index = program_.constant_of(*text);
  }
  if (!index) return nullptr;
  operation* pointer = build_.append(opcode::global_address, ir::type::pointer(ir::address_space::constant));
  pointer->index = *index;
  return offset ? build_.pointer_add(pointer, nullptr, 1, true, offset) : pointer;
}

ir::operation* function_lowering::convert(operation* v, clang::QualType from, clang::QualType to) {
  const auto mapped = map_value(to, context());
  if (!v || !mapped || !mapped->is_number() || !v->result.is_number()) return v;
  ir::type type = *mapped;
  type.components = v->result.components;
  const ir::type had = v->result;
  if (type == had) return v;
  if (type.is_boolean()) return to_boolean(v);
  const bool from_signed = is_signed(from);
  if (had.is_boolean()) {
    if (type.is_integer()) return build_.convert(opcode::zero_extend, v, type);
    operation* integer = build_.convert(opcode::zero_extend, v, type.with_element(ir::scalar_kind::i32));
    return build_.convert(opcode::signed_to_float, integer, type);
  }
  const unsigned had_bits = ir::bit_width(had.element);
  const unsigned bits = ir::bit_width(type.element);
  if (had.is_integer() && type.is_integer()) {
    if (v->code == opcode::constant) {
      const unsigned shift = 64 - had_bits;
      const auto extended = static_cast<std::int64_t>(v->bits << shift) >> shift;
      return build_.integer(type, from_signed ? extended : static_cast<std::int64_t>(v->bits));
    }
    if (bits < had_bits) return build_.convert(opcode::int_truncate, v, type);
    return build_.convert(from_signed ? opcode::sign_extend : opcode::zero_extend, v, type);
  }
  if (had.is_integer() && v->code == opcode::constant && had_bits <= 32) {
    const unsigned shift = 64 - had_bits;
    const auto extended = static_cast<std::int64_t>(v->bits << shift) >> shift;
    return number(type, static_cast<double>(from_signed ? extended : static_cast<std::int64_t>(v->bits)));
  }
  if (had.is_integer())
    return build_.convert(from_signed ? opcode::signed_to_float : opcode::unsigned_to_float, v, type);
  if (type.is_integer()) {
    return build_.convert(is_signed(to) ? opcode::float_to_signed : opcode::float_to_unsigned, v, type);
  }
  if (v->code == opcode::constant && had.element == ir::scalar_kind::f64)
    return number(type, std::bit_cast<double>(v->bits));
  if (v->code == opcode::constant && had.element == ir::scalar_kind::f32)
    return number(type, std::bit_cast<float>(static_cast<std::uint32_t>(v->bits)));
  return build_.convert(bits < had_bits ? opcode::float_truncate : opcode::float_extend, v, type);
}

ir::operation* function_lowering::to_boolean(operation* v) {
  if (v->result.is_boolean()) return v;
  // A comparison that was widened to an int on the way here.
  if ((v->code == opcode::zero_extend || v->code == opcode::sign_extend) && v->operands[0]->result.is_boolean())
    return v->operands[0];
  if (v->result.is_pointer()) {
    operation* address = build_.convert(opcode::pointer_to_int, v, ir::type::i64());
    return build_.compare(opcode::icmp_ne, address, build_.i64(0));
  }
  return build_.compare(v->result.is_float() ? opcode::fcmp_une : opcode::icmp_ne, v, zero_of(v->result));
}

ir::operation* function_lowering::invert(operation* booleans) {
  return build_.binary(opcode::bit_xor, booleans, build_.constant_bits(booleans->result, 1));
}

ir::operation* function_lowering::zero_of(ir::type t) {
  if (t.is_pointer()) return build_.convert(opcode::int_to_pointer, build_.i64(0), t);
  return build_.constant_bits(t, 0);
}

ir::operation* function_lowering::number(ir::type t, double v) {
  switch (t.element) {
  case ir::scalar_kind::f64: return build_.constant_bits(t, std::bit_cast<std::uint64_t>(v));
  case ir::scalar_kind::f32: return build_.constant_bits(t, std::bit_cast<std::uint32_t>(static_cast<float>(v)));
  case ir::scalar_kind::f16: {
    llvm::APFloat half(v);
    bool inexact = false;
    half.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven, &inexact);
    return build_.constant_bits(t, half.bitcastToAPInt().getZExtValue());
  }
  default: return build_.integer(t, static_cast<std::int64_t>(v));
  }
}

ir::operation* function_lowering::reinterpret(operation* v, ir::type to) {
  if (v->result == to || v->result.is_pointer()) return v;
  // as_type between three and four components keeps the three and leaves the fourth open (OpenCL C 6.2.4.2).
  const ir::type had = v->result;
  if (ir::byte_size(had) != ir::byte_size(to) && (had.components == 3 || to.components == 3)) {
    llvm::SmallVector<operation*, 16> components;
    if (had.components == 3) {
      for (unsigned i = 0; i < 3; ++i)
        components.push_back(build_.extract(v, i));
      components.push_back(zero_of(had.element_type()));
      return reinterpret(build_.build(components), to);
    }
    operation* four = reinterpret(v, ir::type::vector(to.element, 4));
    return pick(four, {0, 1, 2});
  }
  return build_.convert(opcode::bit_cast, v, to);
}

ir::operation* function_lowering::widen_mask(operation* booleans, ir::type integers) {
  return build_.convert(opcode::sign_extend, booleans, integers);
}

ir::operation* function_lowering::sign_mask(operation* integers) {
  if (integers->result.is_boolean()) return integers;
  // A comparison's result is all ones or all zeros: its boolean says it all.
  if (integers->code == opcode::sign_extend && integers->operands[0]->result.is_boolean()) return integers->operands[0];
  operation* bits = integers;
  if (integers->result.is_float())
    bits = build_.convert(opcode::bit_cast, integers,
                          integers->result.with_element(integers->result.element == ir::scalar_kind::f64
                                                            ? ir::scalar_kind::i64
                                                            : ir::scalar_kind::i32));
  return build_.compare(opcode::icmp_slt, bits, zero_of(bits->result));
}

ir::operation* function_lowering::splat_to(operation* v, ir::type shape) {
  if (!shape.is_vector() || v->result.is_vector()) return v;
  if (v->code == opcode::constant)
    return build_.constant_bits(ir::type::vector(v->result.element, shape.components), v->bits);
  return build_.splat(v, shape.components);
}

} // namespace dotcompute::frontend
