// SPDX-License-Identifier: MIT
#include "compiler/targets/cpu/gather_indices.hpp"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/PatternMatch.h>
#include <llvm/Transforms/Utils/Local.h>

#include <optional>
#include <vector>

namespace dotcompute::cpu {

namespace {

namespace match = llvm::PatternMatch;

/// Offsets in bytes that are `index`, of 32 bits at most, times a size that addressing modes have.
struct scaled_index {
  llvm::Value* index = nullptr;
  bool is_signed = true;
  unsigned bytes = 1;
};

std::optional<scaled_index> find_index(llvm::Value* offsets) {
  constexpr std::uint64_t largest_shift = 3;
  scaled_index found;
  llvm::Value* extended = offsets;
  const llvm::APInt* amount = nullptr;
  if (match::match(offsets, match::m_Shl(match::m_Value(extended), match::m_APInt(amount)))) {
    if (amount->ugt(largest_shift)) return {};
    found.bytes = 1u << amount->getZExtValue();
  }
  llvm::Value* index = nullptr;
  if (match::match(extended, match::m_ZExt(match::m_Value(index))))
    found.is_signed = match::match(extended, match::m_NNegZExt(match::m_Value()));
  else if (!match::match(extended, match::m_SExt(match::m_Value(index))))
    return {};
  const unsigned bits = index->getType()->getScalarSizeInBits();
  // The processor extends 32 bits as a signed number, which an unsigned one of 32 bits is not.
  if (bits > 32 || (bits == 32 && !found.is_signed)) return {};
  found.index = index;
  return found;
}

void narrow(llvm::IntrinsicInst& access, unsigned operand) {
  auto* addresses = llvm::dyn_cast<llvm::GetElementPtrInst>(access.getArgOperand(operand));
  if (!addresses || addresses->getNumIndices() != 1 || !addresses->getSourceElementType()->isIntegerTy(8)) return;
  if (addresses->getPointerOperand()->getType()->isVectorTy()) return;
  const auto found = find_index(*addresses->idx_begin());
  if (!found) return;
  llvm::IRBuilder<> builder(&access);
  llvm::Value* index =
      builder.CreateIntCast(found->index, found->index->getType()->getWithNewBitWidth(32), found->is_signed);
  access.setArgOperand(operand,
                       builder.CreateGEP(builder.getIntNTy(8 * found->bytes), addresses->getPointerOperand(), index));
  llvm::RecursivelyDeleteTriviallyDeadInstructions(addresses);
}

} // namespace

void narrow_gather_indices(llvm::Module& module) {
  std::vector<llvm::IntrinsicInst*> accesses;
  for (llvm::Function& f : module)
    for (llvm::Instruction& i : llvm::instructions(f))
      if (auto* call = llvm::dyn_cast<llvm::IntrinsicInst>(&i)) accesses.push_back(call);
  for (llvm::IntrinsicInst* call : accesses) {
    if (call->getIntrinsicID() == llvm::Intrinsic::masked_gather) narrow(*call, 0);
    if (call->getIntrinsicID() == llvm::Intrinsic::masked_scatter) narrow(*call, 1);
  }
}

} // namespace dotcompute::cpu
