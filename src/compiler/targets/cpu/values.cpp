// SPDX-License-Identifier: MIT
// Types, constants, and the values of the current pack in the shape that an operation asks for.
#include "compiler/targets/cpu/lowering.hpp"

#include <llvm/IR/Constants.h>

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

llvm::Type* kernel_lowering::element_type(ir::type t) const {
  if (t.is_pointer()) return llvm::PointerType::get(context_, 0);
  switch (t.element) {
  case ir::scalar_kind::boolean: return llvm::Type::getInt1Ty(context_);
  case ir::scalar_kind::i8: return llvm::Type::getInt8Ty(context_);
  case ir::scalar_kind::i16: return llvm::Type::getInt16Ty(context_);
  case ir::scalar_kind::i32: return llvm::Type::getInt32Ty(context_);
  case ir::scalar_kind::i64: return llvm::Type::getInt64Ty(context_);
  case ir::scalar_kind::f16: return llvm::Type::getHalfTy(context_);
  case ir::scalar_kind::f32: return llvm::Type::getFloatTy(context_);
  case ir::scalar_kind::f64: return llvm::Type::getDoubleTy(context_);
  }
  return nullptr;
}

llvm::VectorType* kernel_lowering::lanes_of(llvm::Type* t) const {
  return llvm::FixedVectorType::get(t, lanes_);
}

kernel_lowering::value kernel_lowering::lane_numbers(llvm::Type* integer, std::int64_t factor) const {
  llvm::SmallVector<llvm::Constant*, 16> numbers;
  for (unsigned l = 0; l < lanes_; ++l)
    numbers.push_back(llvm::ConstantInt::get(integer, static_cast<std::uint64_t>(factor * std::int64_t{l}), false));
  return llvm::ConstantVector::get(numbers);
}

kernel_lowering::value kernel_lowering::all_lanes() const {
  return llvm::Constant::getAllOnesValue(lanes_of(llvm::Type::getInt1Ty(context_)));
}

kernel_lowering::value kernel_lowering::constant(const ir::operation& op) const {
  llvm::Type* t = element_type(op.result);
  if (op.code == opcode::undefined || op.result.is_pointer()) return llvm::Constant::getNullValue(t);
  const unsigned width = ir::bit_width(op.result.element);
  const llvm::APInt bits(width, width == 64 ? op.bits : op.bits & ((std::uint64_t{1} << width) - 1));
  if (!op.result.is_float()) return llvm::ConstantInt::get(t, bits);
  return llvm::ConstantFP::get(t, llvm::APFloat(t->getFltSemantics(), bits));
}

llvm::AllocaInst* kernel_lowering::allocate(llvm::Type* t, const char* name, unsigned alignment) {
  llvm::IRBuilder<> at_entry(entry_block_, entry_block_->begin());
  llvm::AllocaInst* slot = at_entry.CreateAlloca(t, nullptr, name);
  if (alignment) slot->setAlignment(llvm::Align(alignment));
  return slot;
}

lane_value kernel_lowering::make(category kind, llvm::SmallVector<llvm::Value*, 4> parts, std::int64_t stride) const {
  return {kind == category::assumed || kind == category::unset ? category::uniform : kind, stride, std::move(parts)};
}

void kernel_lowering::define(const ir::operation& op, lane_value v) {
  // Kept for other segments as well, in the shape that the analysis promised them.
  if (plan_.crosses(op) && !layout_.allocation[op.id])
    for (unsigned part = 0; part < v.parts.size(); ++part)
      builder_.CreateStore(v.parts[part], slot_address(op, part));
  values_[op.id] = std::move(v);
  defined_in_[op.id] = emission_;
}

bool kernel_lowering::rematerialize_here(const ir::operation& op) {
  return op.code == opcode::constant || op.code == opcode::undefined || op.code == opcode::argument ||
         op.code == opcode::global_address || op.code == opcode::local_alloc || plan_.rematerializable(op);
}

bool kernel_lowering::operands_at_hand(const ir::operation& op) {
  return std::all_of(op.operands.begin(), op.operands.end(), [this](const ir::operation* o) {
    return defined_in_[o->id] == emission_ || plan_.group_pure(*o) || plan_.crosses(*o) || rematerialize_here(*o);
  });
}

lane_value kernel_lowering::get(const ir::operation& op) {
  if (at_group_level_) return group_value(op);
  if (defined_in_[op.id] == emission_) return values_[op.id];
  if (plan_.group_pure(op)) return group_values_[op.id];
  if (rematerialize_here(op)) return evaluate(op);
  const shape s = shape_of(op);
  lane_value v = make(s.kind, {}, s.is_affine() ? s.stride : 0);
  llvm::Type* t = element_type(op.result);
  for (unsigned part = 0; part < op.result.components; ++part)
    v.parts.push_back(builder_.CreateLoad(s.is_varying() ? lanes_of(t) : t, slot_address(op, part)));
  return v;
}

lane_value kernel_lowering::group_value(const ir::operation& op) {
  if (plan_.group_pure(op) && !group_values_[op.id].parts.empty()) return group_values_[op.id];
  if (rematerialize_here(op)) return evaluate(op);
  lane_value v = make(category::uniform, {});
  llvm::Type* t = element_type(op.result);
  const shape s = shape_of(op);
  for (unsigned part = 0; part < op.result.components; ++part) {
    llvm::Type* kept = s.is_varying() ? static_cast<llvm::Type*>(lanes_of(t)) : t;
    const value loaded = builder_.CreateLoad(kept, slot_address(op, part));
    v.parts.push_back(s.is_varying() ? builder_.CreateExtractElement(loaded, std::uint64_t{0}) : loaded);
  }
  return v;
}

kernel_lowering::value kernel_lowering::vector_part(const lane_value& v, unsigned part, ir::type t) {
  value p = v.parts[part];
  if (v.is_varying()) return p;
  if (v.is_uniform()) return builder_.CreateVectorSplat(lanes_, p);
  if (t.is_pointer()) {
    const value offsets = lane_numbers(builder_.getInt64Ty(), v.stride);
    return lane_addresses(p, offsets);
  }
  return builder_.CreateAdd(builder_.CreateVectorSplat(lanes_, p), lane_numbers(p->getType(), v.stride));
}

lane_value kernel_lowering::as_shape(const lane_value& v, shape s, ir::type t) {
  if (!s.is_varying() || v.is_varying()) return v;
  lane_value wide = make(category::varying, {});
  for (unsigned part = 0; part < v.parts.size(); ++part)
    wide.parts.push_back(vector_part(v, part, t));
  return wide;
}

kernel_lowering::value kernel_lowering::scalar(const ir::operation& op) {
  return get(op).parts[0];
}

kernel_lowering::value kernel_lowering::vector(const ir::operation& op, unsigned part) {
  return vector_part(get(op), part, op.result);
}

} // namespace dotcompute::cpu
