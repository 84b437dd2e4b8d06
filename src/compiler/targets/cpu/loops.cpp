// SPDX-License-Identifier: MIT
// Loops within a pack: uniform ones branch, divergent ones keep a mask of the lanes still inside.
#include "compiler/targets/cpu/lowering.hpp"

#include "compiler/analysis/regions.hpp"

namespace dotcompute::cpu {

using ir::opcode;

namespace {

/// Whether each floating-point operation of the loop may be computed in another order.
bool may_reorder(const ir::operation& loop) {
  bool all = true;
  for (const auto& r : loop.regions)
    analysis::for_each(*r, [&](ir::operation& op) {
      if (op.result.is_float() && !op.operands.empty() && op.code != opcode::load && op.code != opcode::read)
        all &= op.flags.reassociate;
    });
  return all;
}

} // namespace

kernel_lowering::value kernel_lowering::loop_condition(const ir::operation& op) {
  return vector(*op.body(0).operations.back()->operands[0]);
}

void kernel_lowering::lower_uniform_loop(const ir::operation& op) {
  const value before = mask_;
  llvm::BasicBlock* condition = new_block("while");
  llvm::BasicBlock* body = new_block("body");
  llvm::BasicBlock* step = new_block("step");
  llvm::BasicBlock* exit = new_block("done");
  builder_.CreateBr(op.test_at_end ? body : condition);

  builder_.SetInsertPoint(body);
  frame f;
  f.op = &op;
  f.break_target = exit;
  f.continue_target = step;
  frames_.push_back(f);
  lower_region(op.body(1));
  branch_to(step);
  mask_ = before;
  if (resume_at(step)) {
    lower_region(op.body(2));
    branch_to(condition);
  }
  terminated_ = false;
  frames_.pop_back();
  mask_ = before;
  builder_.SetInsertPoint(condition);
  lower_region(op.body(0));
  llvm::BranchInst* back = builder_.CreateCondBr(scalar(*op.body(0).operations.back()->operands[0]), body, exit);
  using metadata = llvm::Metadata;
  llvm::SmallVector<metadata*, 4> hints{nullptr};
  const auto hint = [&](const char* name, llvm::Constant* setting = nullptr) {
    llvm::SmallVector<metadata*, 2> pair{llvm::MDString::get(context_, name)};
    if (setting) pair.push_back(llvm::ConstantAsMetadata::get(setting));
    hints.push_back(llvm::MDNode::get(context_, pair));
  };
  if (serial_ && may_reorder(op)) {
    // One lane's loop is ordinary code again, which LLVM's vectoriser may take on. Its hints allow it to reorder
    // floating-point sums, so only loops get them whose source allows that too. The last elements are masked: stretches
    // are short more often than long, and a loop for what is left over would end unforeseeably.
    hint("llvm.loop.vectorize.enable", builder_.getTrue());
    hint("llvm.loop.vectorize.width", builder_.getInt32(lanes_));
    hint("llvm.loop.vectorize.predicate.enable", builder_.getTrue());
  } else if (op.unroll == 1) {
    hint("llvm.loop.unroll.disable");
  } else if (op.unroll == ~0u) {
    hint("llvm.loop.unroll.full");
  } else if (op.unroll) {
    hint("llvm.loop.unroll.count", builder_.getInt32(op.unroll));
  }
  if (hints.size() > 1) {
    llvm::MDNode* node = llvm::MDNode::getDistinct(context_, hints);
    node->replaceOperandWith(0, node);
    back->setMetadata(llvm::LLVMContext::MD_loop, node);
  }
  mask_ = before;
  resume_at(exit);
}

/// The loop while every lane stays in it: nothing is masked. Leaves for the masked loop when lanes part.
void kernel_lowering::lower_fast_loop(const ir::operation& op, value live, llvm::BasicBlock* masked_body,
                                      llvm::BasicBlock* exit) {
  llvm::BasicBlock* condition = new_block("all.while");
  llvm::BasicBlock* body = new_block("all.body");
  llvm::BasicBlock* leave = new_block("all.leave");
  builder_.CreateBr(op.test_at_end ? body : condition);
  builder_.SetInsertPoint(condition);
  mask_ = nullptr;
  lower_region(op.body(0));
  builder_.CreateCondBr(judge(*op.body(0).operations.back()->operands[0]).every, body, leave);
  builder_.SetInsertPoint(leave);
  const value stays = loop_condition(op);
  builder_.CreateStore(stays, live);
  builder_.CreateCondBr(any(stays), masked_body, exit);
  builder_.SetInsertPoint(body);
  lower_region(op.body(1));
  lower_region(op.body(2));
  branch_to(condition);
  terminated_ = false;
}

void kernel_lowering::lower_loop(const ir::operation& op) {
  if (!diverges(op)) return lower_uniform_loop(op);
  if (should_serialize(op)) return lower_serial_loop(op);
  const value before = mask_;
  llvm::Type* mask_type = lanes_of(builder_.getInt1Ty());
  llvm::BasicBlock* condition = new_block("lanes.while");
  llvm::BasicBlock* body = new_block("lanes.body");
  llvm::BasicBlock* step = new_block("lanes.step");
  llvm::BasicBlock* exit = new_block("lanes.done");

  bool continues = false, exits = !exit_targets_[op.id].empty();
  for (const auto& r : op.regions)
    analysis::for_each(*r, [&](ir::operation& inner) {
      continues |= inner.code == opcode::continue_to && inner.target == &op;
      exits |= inner.code == opcode::break_to && inner.target == &op;
    });

  frame f;
  f.op = &op;
  f.masked = true;
  f.live = allocate(mask_type, "live");
  if (continues) f.iteration = allocate(mask_type, "iteration");

  if (!before && options_.fast_packs && !continues && !exits && !plan_.advances_together(op)) {
    lower_fast_loop(op, f.live, body, exit);
  } else {
    builder_.CreateStore(mask_or_all(), f.live);
    builder_.CreateBr(op.test_at_end ? body : condition);
  }

  builder_.SetInsertPoint(body);
  frames_.push_back(f);
  mask_ = builder_.CreateLoad(mask_type, f.live);
  if (continues) builder_.CreateStore(mask_, f.iteration);
  lower_region(op.body(1));
  branch_to(step);
  terminated_ = false;
  builder_.SetInsertPoint(step);
  mask_ = builder_.CreateLoad(mask_type, f.live);
  if (exits) {
    llvm::BasicBlock* on = new_block("lanes.next");
    builder_.CreateCondBr(any(mask_), on, exit);
    builder_.SetInsertPoint(on);
  }
  lower_region(op.body(2));
  branch_to(condition);
  terminated_ = false;
  frames_.pop_back();

  builder_.SetInsertPoint(condition);
  mask_ = builder_.CreateLoad(mask_type, f.live);
  lower_region(op.body(0));
  const value stays = builder_.CreateAnd(mask_, loop_condition(op));
  builder_.CreateStore(stays, f.live);
  builder_.CreateCondBr(any(stays), body, exit);

  builder_.SetInsertPoint(exit);
  mask_ = before;
}

} // namespace dotcompute::cpu
