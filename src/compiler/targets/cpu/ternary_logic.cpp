// SPDX-License-Identifier: MIT
#include "compiler/targets/cpu/ternary_logic.hpp"

#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>

#include <algorithm>

namespace dotcompute::cpu {

namespace {

const llvm::BinaryOperator* logic(const llvm::Value* v) {
  while (const auto* cast = llvm::dyn_cast<llvm::BitCastInst>(v))
    v = cast->getOperand(0);
  const auto* op = llvm::dyn_cast<llvm::BinaryOperator>(v);
  return op && op->isBitwiseLogicOp() ? op : nullptr;
}

/// Two operators or more, so that one instruction of three operands may stand for them.
bool is_ternary(const llvm::Value* v) {
  const llvm::BinaryOperator* op = logic(v);
  return op && (logic(op->getOperand(0)) || logic(op->getOperand(1)));
}

/// The same value, whose origin instruction selection does not see.
llvm::Value* separated(llvm::IRBuilder<>& builder, llvm::Value* v) {
  llvm::Type* t = v->getType();
  llvm::Type* element = t->getScalarSizeInBits() == 64 ? builder.getDoubleTy() : builder.getFloatTy();
  llvm::Type* fenced = llvm::FixedVectorType::get(element, llvm::cast<llvm::FixedVectorType>(t)->getNumElements());
  return builder.CreateBitCast(builder.CreateArithmeticFence(builder.CreateBitCast(v, fenced), fenced), t);
}

} // namespace

void separate_ternary_logic(llvm::Module& module) {
  std::vector<llvm::SelectInst*> choices;
  for (llvm::Function& f : module)
    for (llvm::Instruction& i : llvm::instructions(f)) {
      auto* choice = llvm::dyn_cast<llvm::SelectInst>(&i);
      if (!choice || !choice->getCondition()->getType()->isVectorTy()) continue;
      const unsigned bits = choice->getType()->getScalarSizeInBits(); // masks are for elements of 32 and 64 bits only
      if ((bits == 32 || bits == 64) && (is_ternary(choice->getTrueValue()) || is_ternary(choice->getFalseValue())))
        choices.push_back(choice);
    }
  for (llvm::SelectInst* choice : choices) {
    llvm::IRBuilder<> builder(choice);
    for (const unsigned side : {1u, 2u})
      if (is_ternary(choice->getOperand(side))) choice->setOperand(side, separated(builder, choice->getOperand(side)));
  }
}

} // namespace dotcompute::cpu
