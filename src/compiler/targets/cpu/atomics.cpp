// SPDX-License-Identifier: MIT
// Atomics and printf: what has to happen lane by lane.
#include "compiler/targets/cpu/lowering.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

llvm::AtomicRMWInst::BinOp rmw_operation(ir::atomic_operation a) {
  using enum ir::atomic_operation;
  switch (a) {
  case exchange: return llvm::AtomicRMWInst::Xchg;
  case add: return llvm::AtomicRMWInst::Add;
  case sub: return llvm::AtomicRMWInst::Sub;
  case smin: return llvm::AtomicRMWInst::Min;
  case smax: return llvm::AtomicRMWInst::Max;
  case umin: return llvm::AtomicRMWInst::UMin;
  case umax: return llvm::AtomicRMWInst::UMax;
  case bit_and: return llvm::AtomicRMWInst::And;
  case bit_or: return llvm::AtomicRMWInst::Or;
  case bit_xor: return llvm::AtomicRMWInst::Xor;
  }
  return llvm::AtomicRMWInst::Xchg;
}

llvm::Value* combine(llvm::IRBuilder<>& b, ir::atomic_operation a, llvm::Value* old, llvm::Value* operand) {
  using enum ir::atomic_operation;
  const auto pick = [&](llvm::CmpInst::Predicate p) {
    return b.CreateSelect(b.CreateICmp(p, old, operand), old, operand);
  };
  switch (a) {
  case exchange: return operand;
  case add: return b.CreateAdd(old, operand);
  case sub: return b.CreateSub(old, operand);
  case smin: return pick(llvm::CmpInst::ICMP_SLT);
  case smax: return pick(llvm::CmpInst::ICMP_SGT);
  case umin: return pick(llvm::CmpInst::ICMP_ULT);
  case umax: return pick(llvm::CmpInst::ICMP_UGT);
  case bit_and: return b.CreateAnd(old, operand);
  case bit_or: return b.CreateOr(old, operand);
  case bit_xor: return b.CreateXor(old, operand);
  }
  return operand;
}

} // namespace

void kernel_lowering::for_each_active_lane(const std::function<void(value lane)>& body) {
  if (!mask_) {
    for (unsigned l = 0; l < lanes_; ++l)
      body(builder_.getInt64(l));
    return;
  }
  // Takes the lowest set bit of the mask until none is left.
  llvm::Type* bits_type = builder_.getIntNTy(lanes_);
  const value bits = builder_.CreateBitCast(mask_, bits_type);
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::BasicBlock* each = new_block("lane");
  llvm::BasicBlock* after = new_block("lanes.done");
  builder_.CreateCondBr(builder_.CreateICmpNE(bits, llvm::ConstantInt::get(bits_type, 0)), each, after);
  builder_.SetInsertPoint(each);
  llvm::PHINode* left = builder_.CreatePHI(bits_type, 2);
  left->addIncoming(bits, before);
  const value lane = builder_.CreateIntrinsic(llvm::Intrinsic::cttz, {bits_type}, {left, builder_.getTrue()});
  body(builder_.CreateZExtOrTrunc(lane, builder_.getInt64Ty()));
  const value next = builder_.CreateAnd(left, builder_.CreateSub(left, llvm::ConstantInt::get(bits_type, 1)));
  left->addIncoming(next, builder_.GetInsertBlock());
  builder_.CreateCondBr(builder_.CreateICmpNE(next, llvm::ConstantInt::get(bits_type, 0)), each, after);
  builder_.SetInsertPoint(after);
}

kernel_lowering::value kernel_lowering::atomic_one(const ir::operation& op, value address, value operand,
                                                   value desired) {
  const bool is_local = op.operands[0]->result.space == ir::address_space::local;
  const llvm::Align alignment(ir::byte_size(op.result));
  if (is_local) {
    // One thread runs a work-group, so nobody else can be looking.
    const value old = builder_.CreateAlignedLoad(operand->getType(), address, alignment);
    const value now = desired ? builder_.CreateSelect(builder_.CreateICmpEQ(old, operand), desired, old)
                              : combine(builder_, op.atomic, old, operand);
    builder_.CreateAlignedStore(now, address, alignment);
    return old;
  }
  if (desired) {
    const value pair = builder_.CreateAtomicCmpXchg(address, operand, desired, alignment,
                                                    llvm::AtomicOrdering::Monotonic, llvm::AtomicOrdering::Monotonic);
    return builder_.CreateExtractValue(pair, 0);
  }
  return builder_.CreateAtomicRMW(rmw_operation(op.atomic), address, operand, alignment,
                                  llvm::AtomicOrdering::Monotonic);
}

lane_value kernel_lowering::atomic(const ir::operation& op) {
  const lane_value pointer = get(*op.operands[0]);
  const lane_value first = get(*op.operands[1]);
  llvm::Type* t = element_type(op.result);

  using enum ir::atomic_operation;
  const bool is_rmw = op.code == opcode::atomic_rmw;
  const bool used = uses_[op.id];
  if (is_rmw && pointer.is_uniform() && !used && op.atomic != exchange) {
    // All lanes hit one place and nobody asks for the old value: combine in registers, then one atomic.
    const unsigned width = t->getIntegerBitWidth();
    llvm::APInt identity(width, 0);
    if (op.atomic == bit_and || op.atomic == umin) identity = llvm::APInt::getAllOnes(width);
    if (op.atomic == smin) identity = llvm::APInt::getSignedMaxValue(width);
    if (op.atomic == smax) identity = llvm::APInt::getSignedMinValue(width);
    value all = vector_part(first, 0, op.result);
    if (mask_) all = builder_.CreateSelect(mask_, all, llvm::ConstantInt::get(all->getType(), identity));
    llvm::Intrinsic::ID id = llvm::Intrinsic::vector_reduce_add;
    switch (op.atomic) {
    case smin: id = llvm::Intrinsic::vector_reduce_smin; break;
    case smax: id = llvm::Intrinsic::vector_reduce_smax; break;
    case umin: id = llvm::Intrinsic::vector_reduce_umin; break;
    case umax: id = llvm::Intrinsic::vector_reduce_umax; break;
    case bit_and: id = llvm::Intrinsic::vector_reduce_and; break;
    case bit_or: id = llvm::Intrinsic::vector_reduce_or; break;
    case bit_xor: id = llvm::Intrinsic::vector_reduce_xor; break;
    default: break;
    }
    const value reduced = builder_.CreateIntrinsic(id, {all->getType()}, {all});
    atomic_one(op, pointer.parts[0], reduced, nullptr);
    return make(category::varying, {llvm::Constant::getNullValue(lanes_of(t))});
  }

  const value addresses = vector_part(pointer, 0, op.operands[0]->result);
  const value operands = vector_part(first, 0, op.result);
  const value desired = is_rmw ? nullptr : vector(*op.operands[2]);
  llvm::AllocaInst* old = allocate(lanes_of(t), "atomic.old");
  builder_.CreateStore(llvm::Constant::getNullValue(lanes_of(t)), old);
  for_each_active_lane([&](value lane) {
    const value one =
        atomic_one(op, builder_.CreateExtractElement(addresses, lane), builder_.CreateExtractElement(operands, lane),
                   desired ? builder_.CreateExtractElement(desired, lane) : nullptr);
    if (used) builder_.CreateStore(builder_.CreateInsertElement(builder_.CreateLoad(lanes_of(t), old), one, lane), old);
  });
  return make(category::varying, {builder_.CreateLoad(lanes_of(t), old)});
}

void kernel_lowering::print(const ir::operation& op) {
  const auto found = std::find(shared_.print_formats.begin(), shared_.print_formats.end(), op.symbol);
  const auto id = static_cast<std::uint32_t>(found - shared_.print_formats.begin());
  if (found == shared_.print_formats.end()) shared_.print_formats.push_back(op.symbol);

  llvm::SmallVector<lane_value, 4> arguments;
  std::uint64_t bytes = 0;
  for (const ir::operation* operand : op.operands) {
    const lane_value v = get(*operand);
    lane_value wide = make(category::varying, {});
    for (unsigned part = 0; part < v.parts.size(); ++part)
      wide.parts.push_back(vector_part(v, part, operand->result.element_type()));
    arguments.push_back(std::move(wide));
    bytes += (ir::byte_size(operand->result) + 7) / 8 * 8;
  }
  llvm::AllocaInst* block =
      allocate(llvm::ArrayType::get(builder_.getInt8Ty(), std::max<std::uint64_t>(bytes, 8)), "print", 8);
  llvm::Type* pointer = llvm::PointerType::get(context_, 0);
  const value callee = launch_field(112, pointer), context = launch_field(120, pointer);
  llvm::FunctionType* type = llvm::FunctionType::get(
      builder_.getVoidTy(), {pointer, builder_.getInt32Ty(), pointer, builder_.getInt32Ty()}, false);
  for_each_active_lane([&](value lane) {
    std::uint64_t offset = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::uint64_t element = ir::byte_size(op.operands[i]->result.element_type());
      for (unsigned part = 0; part < arguments[i].parts.size(); ++part)
        builder_.CreateAlignedStore(builder_.CreateExtractElement(arguments[i].parts[part], lane),
                                    builder_.CreateConstGEP1_64(builder_.getInt8Ty(), block, offset + part * element),
                                    llvm::Align(1));
      offset += (ir::byte_size(op.operands[i]->result) + 7) / 8 * 8;
    }
    builder_.CreateCall(type, callee,
                        {context, builder_.getInt32(id), block, builder_.getInt32(static_cast<std::uint32_t>(bytes))});
  });
}

} // namespace dotcompute::cpu
