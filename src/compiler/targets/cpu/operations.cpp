// SPDX-License-Identifier: MIT
// Operations without control flow or memory.
#include "compiler/targets/cpu/lowering.hpp"

#include <llvm/IR/Intrinsics.h>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;
using llvm::Intrinsic::ID;

llvm::FastMathFlags kernel_lowering::fast_flags(const ir::operation& op) const {
  llvm::FastMathFlags f;
  f.setNoNaNs(op.flags.no_nans);
  f.setNoInfs(op.flags.no_infinities);
  f.setNoSignedZeros(op.flags.no_signed_zeros);
  f.setAllowReciprocal(op.flags.reciprocal);
  f.setAllowContract(op.flags.contract);
  f.setApproxFunc(op.flags.approximate);
  f.setAllowReassoc(op.flags.reassociate);
  return f;
}

lane_value kernel_lowering::evaluate(const ir::operation& op) {
  switch (op.code) {
  case opcode::constant:
  case opcode::undefined: {
    llvm::SmallVector<value, 4> parts(op.result.components, constant(op));
    return make(category::uniform, std::move(parts));
  }
  case opcode::argument: {
    if (!op.result.is_vector()) return make(category::uniform, {arguments_[op.index]});
    lane_value v = make(category::uniform, {});
    for (unsigned i = 0; i < op.result.components; ++i)
      v.parts.push_back(builder_.CreateExtractElement(arguments_[op.index], i));
    return v;
  }
  case opcode::global_address: return make(category::uniform, {shared_.constants[op.index]});
  case opcode::local_alloc:
    return make(category::uniform,
                {builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), local_memory_, local_offsets_.at(&op))});
  case opcode::private_alloc: return private_pointer(op);
  case opcode::work_item: return work_item(op);
  case opcode::pointer_add: return pointer_add(op);
  case opcode::load: return load(op);
  case opcode::read: return read_variable(op);
  case opcode::atomic_rmw:
  case opcode::atomic_compare_exchange: return atomic(op);
  case opcode::bit_cast: return bit_cast(op);
  case opcode::extract: {
    const lane_value v = get(*op.operands[0]);
    return as_shape(make(v.kind, {v.parts[op.index]}), shape_of(op), op.result);
  }
  case opcode::extract_dynamic: return extract_dynamic(op);
  case opcode::build: {
    lane_value v = make(shape_of(op).kind, {});
    for (const ir::operation* operand : op.operands)
      v.parts.push_back(v.is_varying() ? vector(*operand) : scalar(*operand));
    return v;
  }
  case opcode::shuffle: {
    const lane_value a = get(*op.operands[0]), b = get(*op.operands[1]);
    lane_value v = make(shape_of(op).kind, {});
    const ir::type element = op.result.element_type();
    for (const std::int32_t i : op.indices) {
      const bool second = i >= static_cast<std::int32_t>(a.parts.size());
      const lane_value& from = second ? b : a;
      const unsigned part = static_cast<unsigned>(i) - (second ? static_cast<unsigned>(a.parts.size()) : 0u);
      v.parts.push_back(v.is_varying() ? vector_part(from, part, element) : from.parts[part]);
    }
    return v;
  }
  default: return elementwise(op);
  }
}

lane_value kernel_lowering::extract_dynamic(const ir::operation& op) {
  const lane_value v = get(*op.operands[0]);
  const bool varying = shape_of(op).is_varying();
  const ir::operation& index_op = *op.operands[1];
  value index = varying ? vector(index_op) : scalar(index_op);
  const std::uint64_t last = v.parts.size() == 3 ? 3 : v.parts.size() - 1;
  index = builder_.CreateAnd(index, llvm::ConstantInt::get(index->getType(), last));
  const ir::type element = op.result;
  value chosen = varying ? vector_part(v, 0, element) : v.parts[0];
  for (unsigned part = 1; part < v.parts.size(); ++part) {
    const value here = builder_.CreateICmpEQ(index, llvm::ConstantInt::get(index->getType(), part));
    chosen = builder_.CreateSelect(here, varying ? vector_part(v, part, element) : v.parts[part], chosen);
  }
  return make(shape_of(op).kind, {chosen});
}

lane_value kernel_lowering::elementwise(const ir::operation& op) {
  const shape s = shape_of(op);
  lane_value result = make(s.kind, {}, s.is_affine() ? s.stride : 0);
  llvm::SmallVector<lane_value, 3> operands;
  for (const ir::operation* operand : op.operands)
    operands.push_back(get(*operand));
  const unsigned components = op.result.components;
  for (unsigned part = 0; part < components; ++part) {
    llvm::SmallVector<value, 3> parts;
    for (unsigned i = 0; i < operands.size(); ++i) {
      const unsigned from = operands[i].parts.size() == 1 ? 0 : part; // a scalar condition chooses whole vectors
      parts.push_back(result.is_varying() ? vector_part(operands[i], from, op.operands[i]->result.element_type())
                                          : operands[i].parts[from]);
    }
    result.parts.push_back(apply(op, parts));
  }
  return result;
}

kernel_lowering::value kernel_lowering::divide(const ir::operation& op, value a, value b, bool is_vector) {
  const bool is_signed = op.code == opcode::sdiv || op.code == opcode::srem;
  const bool remainder = op.code == opcode::srem || op.code == opcode::urem;
  llvm::Type* t = a->getType();
  const unsigned width = t->getScalarSizeInBits();
  const auto plain = [&](value x, value y) {
    return is_signed ? (remainder ? builder_.CreateSRem(x, y) : builder_.CreateSDiv(x, y))
                     : (remainder ? builder_.CreateURem(x, y) : builder_.CreateUDiv(x, y));
  };
  if (const auto* c = llvm::dyn_cast<llvm::Constant>(b)) {
    const llvm::Constant* splat = c->getType()->isVectorTy() ? c->getSplatValue() : c;
    const auto* number = splat ? llvm::dyn_cast<llvm::ConstantInt>(splat) : nullptr;
    if (number && !number->isZero() && !number->isMinusOne()) return plain(a, b);
  }
  // Division must not trap, neither by zero nor by overflow, in any lane.
  const value one = llvm::ConstantInt::get(t, 1);
  value harmful = builder_.CreateICmpEQ(b, llvm::Constant::getNullValue(t));
  if (is_signed) {
    const value minimum = llvm::ConstantInt::get(t, llvm::APInt::getSignedMinValue(width));
    harmful =
        builder_.CreateOr(harmful, builder_.CreateAnd(builder_.CreateICmpEQ(b, llvm::Constant::getAllOnesValue(t)),
                                                      builder_.CreateICmpEQ(a, minimum)));
  }
  if (is_vector && mask_) harmful = builder_.CreateOr(harmful, builder_.CreateNot(mask_));
  const value divisor = builder_.CreateSelect(harmful, one, b);
  if (!is_vector || width > 32) return plain(a, divisor);
  // No vector divider exists for integers. Quotients of integers below 2^32 are exact when a double's quotient is
  // truncated: a quotient that is no integer differs from the next one by more than the rounding error.
  llvm::Type* wide = lanes_of(builder_.getDoubleTy());
  const auto to_double = [&](value v) {
    return is_signed ? builder_.CreateSIToFP(v, wide) : builder_.CreateUIToFP(v, wide);
  };
  const value ratio = builder_.CreateFDiv(to_double(a), to_double(divisor));
  const value quotient = is_signed ? builder_.CreateFPToSI(ratio, t) : builder_.CreateFPToUI(ratio, t);
  return remainder ? builder_.CreateSub(a, builder_.CreateMul(quotient, divisor)) : quotient;
}

kernel_lowering::value kernel_lowering::apply(const ir::operation& op, llvm::ArrayRef<value> x) {
  llvm::Type* t = x[0]->getType();
  const bool is_vector = t->isVectorTy();
  llvm::IRBuilderBase::FastMathFlagGuard guard(builder_);
  builder_.setFastMathFlags(fast_flags(op));
  const auto intrinsic = [&](ID id) -> value {
    llvm::SmallVector<value, 3> arguments(x.begin(), x.end());
    return builder_.CreateIntrinsic(id, {t}, arguments);
  };
  const auto counted = [&](ID id) -> value { return builder_.CreateIntrinsic(id, {t}, {x[0], builder_.getFalse()}); };
  const auto amount = [&] { return builder_.CreateAnd(x[1], llvm::ConstantInt::get(t, t->getScalarSizeInBits() - 1)); };
  const auto result_type = [&]() -> llvm::Type* {
    llvm::Type* e = element_type(op.result.element_type());
    return is_vector ? static_cast<llvm::Type*>(lanes_of(e)) : e;
  };

  switch (op.code) {
  case opcode::add: return builder_.CreateAdd(x[0], x[1]);
  case opcode::sub: return builder_.CreateSub(x[0], x[1]);
  case opcode::mul: return builder_.CreateMul(x[0], x[1]);
  case opcode::sdiv:
  case opcode::udiv:
  case opcode::srem:
  case opcode::urem: return divide(op, x[0], x[1], is_vector);
  case opcode::shl: return builder_.CreateShl(x[0], amount());
  case opcode::lshr: return builder_.CreateLShr(x[0], amount());
  case opcode::ashr: return builder_.CreateAShr(x[0], amount());
  case opcode::bit_and: return builder_.CreateAnd(x[0], x[1]);
  case opcode::bit_or: return builder_.CreateOr(x[0], x[1]);
  case opcode::bit_xor: return builder_.CreateXor(x[0], x[1]);
  case opcode::smin: return intrinsic(llvm::Intrinsic::smin);
  case opcode::smax: return intrinsic(llvm::Intrinsic::smax);
  case opcode::umin: return intrinsic(llvm::Intrinsic::umin);
  case opcode::umax: return intrinsic(llvm::Intrinsic::umax);
  case opcode::smul_high:
  case opcode::umul_high: {
    const unsigned width = t->getScalarSizeInBits();
    llvm::Type* wide = builder_.getIntNTy(2 * width);
    if (is_vector) wide = lanes_of(wide);
    const auto extend = [&](value v) {
      return op.code == opcode::smul_high ? builder_.CreateSExt(v, wide) : builder_.CreateZExt(v, wide);
    };
    const value product = builder_.CreateMul(extend(x[0]), extend(x[1]));
    return builder_.CreateTrunc(builder_.CreateLShr(product, llvm::ConstantInt::get(wide, width)), t);
  }
  case opcode::sadd_saturate: return intrinsic(llvm::Intrinsic::sadd_sat);
  case opcode::uadd_saturate: return intrinsic(llvm::Intrinsic::uadd_sat);
  case opcode::ssub_saturate: return intrinsic(llvm::Intrinsic::ssub_sat);
  case opcode::usub_saturate: return intrinsic(llvm::Intrinsic::usub_sat);
  case opcode::rotate_left: return builder_.CreateIntrinsic(llvm::Intrinsic::fshl, {t}, {x[0], x[0], x[1]});
  case opcode::count_leading_zeros: return counted(llvm::Intrinsic::ctlz);
  case opcode::count_trailing_zeros: return counted(llvm::Intrinsic::cttz);
  case opcode::population_count: return intrinsic(llvm::Intrinsic::ctpop);
  case opcode::reverse_bits: return intrinsic(llvm::Intrinsic::bitreverse);

  case opcode::fadd: return builder_.CreateFAdd(x[0], x[1]);
  case opcode::fsub: return builder_.CreateFSub(x[0], x[1]);
  case opcode::fmul: return builder_.CreateFMul(x[0], x[1]);
  case opcode::fdiv: return float_divide(op, x[0], x[1]);
  case opcode::fneg: return builder_.CreateFNeg(x[0]);
  case opcode::fma: return intrinsic(llvm::Intrinsic::fma);
  case opcode::fmuladd: return intrinsic(llvm::Intrinsic::fmuladd);
  case opcode::fabs: return intrinsic(llvm::Intrinsic::fabs);
  case opcode::floor: return intrinsic(llvm::Intrinsic::floor);
  case opcode::ceil: return intrinsic(llvm::Intrinsic::ceil);
  case opcode::truncate: return intrinsic(llvm::Intrinsic::trunc);
  case opcode::round_even: return intrinsic(llvm::Intrinsic::roundeven);
  case opcode::sqrt: return intrinsic(llvm::Intrinsic::sqrt);
  case opcode::fmin: return intrinsic(llvm::Intrinsic::minnum);
  case opcode::fmax: return intrinsic(llvm::Intrinsic::maxnum);
  case opcode::copy_sign: return intrinsic(llvm::Intrinsic::copysign);

  case opcode::icmp_eq: return builder_.CreateICmpEQ(x[0], x[1]);
  case opcode::icmp_ne: return builder_.CreateICmpNE(x[0], x[1]);
  case opcode::icmp_slt: return builder_.CreateICmpSLT(x[0], x[1]);
  case opcode::icmp_sle: return builder_.CreateICmpSLE(x[0], x[1]);
  case opcode::icmp_ult: return builder_.CreateICmpULT(x[0], x[1]);
  case opcode::icmp_ule: return builder_.CreateICmpULE(x[0], x[1]);
  case opcode::fcmp_oeq: return builder_.CreateFCmpOEQ(x[0], x[1]);
  case opcode::fcmp_one: return builder_.CreateFCmpONE(x[0], x[1]);
  case opcode::fcmp_olt: return builder_.CreateFCmpOLT(x[0], x[1]);
  case opcode::fcmp_ole: return builder_.CreateFCmpOLE(x[0], x[1]);
  case opcode::fcmp_une: return builder_.CreateFCmpUNE(x[0], x[1]);
  case opcode::fcmp_ord: return builder_.CreateFCmpORD(x[0], x[1]);
  case opcode::fcmp_uno: return builder_.CreateFCmpUNO(x[0], x[1]);

  case opcode::int_truncate: return builder_.CreateTrunc(x[0], result_type());
  case opcode::zero_extend: return builder_.CreateZExt(x[0], result_type());
  case opcode::sign_extend: return builder_.CreateSExt(x[0], result_type());
  case opcode::float_truncate: return builder_.CreateFPTrunc(x[0], result_type());
  case opcode::float_extend: return builder_.CreateFPExt(x[0], result_type());
  // Out of range is poison in LLVM; frozen it is just some number.
  case opcode::float_to_signed: return builder_.CreateFreeze(builder_.CreateFPToSI(x[0], result_type()));
  case opcode::float_to_unsigned: return builder_.CreateFreeze(builder_.CreateFPToUI(x[0], result_type()));
  case opcode::signed_to_float: return builder_.CreateSIToFP(x[0], result_type());
  case opcode::unsigned_to_float: return builder_.CreateUIToFP(x[0], result_type());
  case opcode::pointer_to_int: return builder_.CreatePtrToInt(x[0], result_type());
  case opcode::int_to_pointer: return builder_.CreateIntToPtr(x[0], result_type());
  case opcode::select: return builder_.CreateSelect(x[0], x[1], x[2]);
  default: llvm_unreachable("not an elementwise operation");
  }
}

lane_value kernel_lowering::bit_cast(const ir::operation& op) {
  const ir::type from = op.operands[0]->result, to = op.result;
  const lane_value v = get(*op.operands[0]);
  const bool varying = shape_of(op).is_varying();
  lane_value wide = as_shape(v, shape_of(op), from);
  lane_value result = make(varying ? category::varying : category::uniform, {});
  const auto lanes_or_scalar = [&](llvm::Type* t) -> llvm::Type* { return varying ? lanes_of(t) : t; };
  llvm::Type* to_element = element_type(to.element_type());
  if (from.components == to.components) {
    for (const value part : wide.parts)
      result.parts.push_back(builder_.CreateBitCast(part, lanes_or_scalar(to_element)));
    return result;
  }
  // Little endian: component i of the narrow side is bits i * narrow and up of the wide side.
  const unsigned from_bits = ir::bit_width(from.element), to_bits = ir::bit_width(to.element);
  const unsigned total_to = to.components, ratio = from_bits > to_bits ? from_bits / to_bits : to_bits / from_bits;
  llvm::SmallVector<value, 16> integers;
  for (const value part : wide.parts)
    integers.push_back(builder_.CreateBitCast(part, lanes_or_scalar(builder_.getIntNTy(from_bits))));
  for (unsigned i = 0; i < total_to; ++i) {
    value bits = nullptr;
    llvm::Type* target = lanes_or_scalar(builder_.getIntNTy(to_bits));
    if (from_bits > to_bits) {
      bits = builder_.CreateLShr(integers[i / ratio], std::uint64_t{(i % ratio) * to_bits});
      bits = builder_.CreateTrunc(bits, target);
    } else {
      bits = llvm::Constant::getNullValue(target);
      for (unsigned j = 0; j < ratio && i * ratio + j < integers.size(); ++j)
        bits = builder_.CreateOr(bits, builder_.CreateShl(builder_.CreateZExt(integers[i * ratio + j], target),
                                                          std::uint64_t{j * from_bits}));
    }
    result.parts.push_back(builder_.CreateBitCast(bits, lanes_or_scalar(to_element)));
  }
  return result;
}

lane_value kernel_lowering::local_coordinate(unsigned dimension) {
  if (options_.packs.local_size && (*options_.packs.local_size)[dimension] == 1)
    return make(category::uniform, {builder_.getInt64(0)});
  if (serial_) return make(category::uniform, {pack_now_.coordinate[dimension]});
  if (options_.packs.linear_packs) return make(category::varying, {pack_now_.lane_coordinate[dimension]});
  return make(dimension == 0 ? category::affine : category::uniform, {pack_now_.coordinate[dimension]},
              dimension == 0 ? 1 : 0);
}

lane_value kernel_lowering::work_item(const ir::operation& op) {
  using query = ir::work_item_query;
  const unsigned d = op.index;
  llvm::Type* i64 = builder_.getInt64Ty();
  const auto field = [&](unsigned offset) { return make(category::uniform, {launch_field(offset + 8 * d, i64)}); };
  switch (op.query) {
  case query::global_size: return field(8);
  case query::global_offset: return field(32);
  case query::local_size:
    if (options_.packs.local_size) return make(category::uniform, {builder_.getInt64((*options_.packs.local_size)[d])});
    return field(56);
  case query::group_count: return field(80);
  case query::work_dimensions: return make(category::uniform, {launch_field(104, builder_.getInt32Ty())});
  case query::group_id: return make(category::uniform, {group_id_[d]});
  case query::local_id: return local_coordinate(d);
  case query::global_id: break;
  }
  const value offset = launch_field(32 + 8 * d, i64);
  value base = offset;
  if (!options_.flat) {
    const value size = options_.packs.local_size
                           ? static_cast<value>(builder_.getInt64((*options_.packs.local_size)[d]))
                           : launch_field(56 + 8 * d, i64);
    base = builder_.CreateAdd(builder_.CreateMul(group_id_[d], size), offset);
  }
  lane_value local = local_coordinate(d);
  local.parts[0] = local.is_varying() ? builder_.CreateAdd(builder_.CreateVectorSplat(lanes_, base), local.parts[0])
                                      : builder_.CreateAdd(base, local.parts[0]);
  return local;
}

} // namespace dotcompute::cpu
