// SPDX-License-Identifier: MIT
// Masks and control flow within a pack. Invariant: code is only reached while at least one lane is on, so a uniform
// load or branch always speaks for a lane that is really there.
#include "compiler/targets/cpu/lowering.hpp"

#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

/// Work below which running a side with no lane on is cheaper than a branch around it.
constexpr std::size_t cheap_side = 12;

bool is_cheap(const ir::region& r) {
  if (r.operations.size() > cheap_side) return false;
  return std::all_of(r.operations.begin(), r.operations.end(), [](const ir::operation* op) {
    return ir::is_pure(op->code) || op->code == opcode::write || op->code == opcode::variable;
  });
}

bool touches_memory(const ir::operation& op) {
  bool found = false;
  for (const auto& r : op.regions)
    analysis::for_each(*r, [&](ir::operation& inner) {
      found |= inner.code == opcode::load || inner.code == opcode::store || inner.code == opcode::loop;
    });
  return found;
}

} // namespace

llvm::BasicBlock* kernel_lowering::new_block(const char* name) {
  return llvm::BasicBlock::Create(context_, name, llvm_function_);
}

bool kernel_lowering::block_open() const {
  return !builder_.GetInsertBlock()->getTerminator();
}

void kernel_lowering::branch_to(llvm::BasicBlock* target) {
  if (block_open()) builder_.CreateBr(target);
}

/// Goes on at `join`, or nowhere when nothing leads there.
bool kernel_lowering::resume_at(llvm::BasicBlock* join) {
  if (llvm::pred_empty(join)) {
    join->eraseFromParent();
    terminated_ = true;
    return false;
  }
  builder_.SetInsertPoint(join);
  terminated_ = false;
  return true;
}

void kernel_lowering::lower(const ir::operation& op) {
  switch (op.code) {
  case opcode::variable:
  case opcode::private_alloc:
  case opcode::local_alloc:
  case opcode::yield:
  case opcode::prefetch:
  case opcode::barrier: return;
  case opcode::write: return write_variable(op);
  case opcode::store: return store(op);
  case opcode::memory_copy: return memory_copy(op);
  case opcode::fence: builder_.CreateFence(llvm::AtomicOrdering::AcquireRelease); return;
  case opcode::print: return print(op);
  case opcode::if_else: return lower_if(op);
  case opcode::loop: return lower_loop(op);
  case opcode::block: return lower_block(op);
  case opcode::break_to:
  case opcode::continue_to:
  case opcode::return_from: return lower_exit(op);
  default: define(op, evaluate(op));
  }
}

void kernel_lowering::lower_region(const ir::region& r, std::size_t first, std::size_t last) {
  last = std::min(last, r.operations.size());
  for (std::size_t i = first; i < last; ++i) {
    const ir::operation& op = *r.operations[i];
    if (plan_.group_pure(op)) continue;
    const value before = mask_;
    const bool leaves = !op.regions.empty() && leaves_masked(op);
    lower(op);
    if (terminated_) return;
    if (!leaves) continue;
    mask_ = remaining(before, op);
    const bool more = std::any_of(r.operations.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  r.operations.begin() + static_cast<std::ptrdiff_t>(last),
                                  [](const ir::operation* next) { return next->code != opcode::yield; });
    if (!more) continue;
    llvm::BasicBlock* end = new_block("region.end");
    if (!before && options_.fast_packs && op.code == opcode::if_else && boundary_condition(*op.operands[0])) {
      // An early exit at the edge of the range: usually nobody took it.
      llvm::BasicBlock* full = new_block("rest.full");
      llvm::BasicBlock* some = new_block("rest.some");
      llvm::BasicBlock* partial = new_block("rest.partial");
      const value left = mask_;
      builder_.CreateCondBr(all(left), full, some);
      builder_.SetInsertPoint(full);
      mask_ = nullptr;
      lower_region(r, i + 1, last);
      branch_to(end);
      builder_.SetInsertPoint(some);
      terminated_ = false;
      builder_.CreateCondBr(any(left), partial, end);
      builder_.SetInsertPoint(partial);
      if (can_restart(op, true)) {
        restart_masked();
      } else {
        mask_ = left;
        lower_region(r, i + 1, last);
        branch_to(end);
      }
    } else {
      llvm::BasicBlock* rest = new_block("rest");
      builder_.CreateCondBr(any(mask_), rest, end);
      builder_.SetInsertPoint(rest);
      lower_region(r, i + 1, last);
      branch_to(end);
    }
    resume_at(end);
    mask_ = before; // whoever goes on after the region asks who remains
    return;
  }
}

void kernel_lowering::lower_uniform_if(const ir::operation& op) {
  const value condition = scalar(*op.operands[0]);
  const value before = mask_;
  llvm::BasicBlock* then = new_block("then");
  llvm::BasicBlock* join = new_block("join");
  llvm::BasicBlock* otherwise = op.body(1).operations.empty() ? join : new_block("else");
  builder_.CreateCondBr(condition, then, otherwise);
  builder_.SetInsertPoint(then);
  lower_region(op.body(0));
  branch_to(join);
  if (otherwise != join) {
    builder_.SetInsertPoint(otherwise);
    terminated_ = false;
    mask_ = before;
    lower_region(op.body(1));
    branch_to(join);
  }
  mask_ = before;
  resume_at(join);
}

void kernel_lowering::lower_if(const ir::operation& op) {
  if (!diverges(op)) return lower_uniform_if(op);
  const value before = mask_;
  const value condition = vector(*op.operands[0]);
  const ir::region& then_region = op.body(0);
  const ir::region& else_region = op.body(1);
  const bool boundary = !before && options_.fast_packs && boundary_condition(*op.operands[0]) && touches_memory(op);
  const auto side = [&](const ir::region& r, value mask) {
    if (r.operations.empty()) return;
    mask_ = mask;
    if (is_cheap(r)) {
      lower_region(r);
      return;
    }
    llvm::BasicBlock* run = new_block("side");
    llvm::BasicBlock* next = new_block("side.end");
    builder_.CreateCondBr(any(mask), run, next);
    builder_.SetInsertPoint(run);
    lower_region(r);
    branch_to(next);
    builder_.SetInsertPoint(next);
    terminated_ = false;
  };

  if (boundary) {
    // All lanes one way is what nearly every pack finds.
    llvm::BasicBlock* join = new_block("edge.end");
    llvm::BasicBlock* every = new_block("edge.all");
    llvm::BasicBlock* not_every = new_block("edge.not.all");
    llvm::BasicBlock* none = new_block("edge.none");
    llvm::BasicBlock* mixed = new_block("edge.some");
    const judgement j = judge(*op.operands[0]);
    builder_.CreateCondBr(j.every, every, not_every);
    builder_.SetInsertPoint(every);
    mask_ = nullptr;
    lower_region(then_region);
    branch_to(join);
    builder_.SetInsertPoint(not_every);
    terminated_ = false;
    builder_.CreateCondBr(j.some, mixed, none);
    builder_.SetInsertPoint(none);
    mask_ = nullptr;
    lower_region(else_region);
    branch_to(join);
    builder_.SetInsertPoint(mixed);
    terminated_ = false;
    if (can_restart(op, false)) {
      restart_masked();
    } else {
      side(then_region, condition);
      side(else_region, builder_.CreateNot(condition));
      branch_to(join);
    }
    mask_ = before;
    resume_at(join);
    return;
  }
  if (lanes_ > 1 && touches_memory(op)) remark(op, "divergent branch: neighbouring work-items may go different ways");
  side(then_region, mask_and(before, condition));
  side(else_region, mask_and_not(before, condition));
  mask_ = before;
  terminated_ = false;
}

void kernel_lowering::lower_block(const ir::operation& op) {
  const value before = mask_;
  frame f;
  f.op = &op;
  f.masked = diverges(op);
  f.break_target = new_block("block.end");
  if (f.masked) {
    f.live = allocate(lanes_of(builder_.getInt1Ty()), "inside");
    builder_.CreateStore(mask_or_all(), f.live);
  }
  frames_.push_back(f);
  lower_region(op.body());
  branch_to(f.break_target);
  frames_.pop_back();
  mask_ = before;
  resume_at(f.break_target);
}

void kernel_lowering::lower_exit(const ir::operation& op) {
  const bool is_continue = op.code == opcode::continue_to;
  const value leaving = mask_or_all();
  llvm::Type* mask_type = lanes_of(builder_.getInt1Ty());
  llvm::BasicBlock* out = nullptr; // where control goes when everybody that is here leaves
  bool all_leave = true;
  for (std::size_t i = frames_.size(); i-- > 0;) {
    const frame& f = frames_[i];
    const bool is_target = f.op == op.target;
    if (f.masked) {
      all_leave = false;
      const auto clear = [&](value slot) {
        if (!slot) return;
        if (f.group_level) slot = slot_at(slot, mask_type, pack_now_.index);
        const value now = builder_.CreateLoad(mask_type, slot);
        builder_.CreateStore(builder_.CreateAnd(now, builder_.CreateNot(leaving)), slot);
      };
      clear(f.iteration);
      if (!(is_continue && is_target)) clear(f.live);
    } else if (f.group_level) {
      all_leave = false; // what leaves a segment is recorded, never branched to
    } else if (all_leave) {
      out = is_target && is_continue ? f.continue_target : f.break_target;
    }
    if (is_target) break;
  }
  if (out) builder_.CreateBr(out);
  terminated_ = true;
}

} // namespace dotcompute::cpu
