// SPDX-License-Identifier: MIT
// The work-group: segments run pack by pack, and what lies between them runs once. On a CPU a barrier is nothing but
// the end of a segment, since one thread runs the whole group.
#include "compiler/targets/cpu/lowering.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

/// Slots up to this size lie on the stack, where SROA can turn them into registers; larger ones in the thread's
/// scratch.
constexpr std::uint64_t largest_stack_slot = 32768;
/// All of them together: a kernel may run on a thread of the application, whose stack can be small.
constexpr std::uint64_t most_stack_bytes = 256 << 10;
/// Packs of the largest work-group (4096 work-items of width 1), for kernels compiled for any local size.
constexpr std::uint64_t most_packs = 4096;

} // namespace

bool kernel_lowering::takes_stack(std::uint64_t bytes, std::uint64_t largest) {
  if (bytes > largest || stack_bytes_ + bytes > most_stack_bytes) return false;
  stack_bytes_ += bytes;
  return true;
}

kernel_lowering::value kernel_lowering::group_slot(llvm::Type* t, const char* name, std::uint64_t count) {
  if (count == 0) count = most_packs;
  const std::uint64_t size = shared_.module.getDataLayout().getTypeAllocSize(t);
  if (takes_stack(size * count, largest_stack_slot)) return allocate(llvm::ArrayType::get(t, count), name, 64);
  scratch_bytes_ = (scratch_bytes_ + 63) / 64 * 64;
  llvm::IRBuilder<> at_entry(entry_block_);
  const value slot = at_entry.CreateConstInBoundsGEP1_64(at_entry.getInt8Ty(), scratch_, scratch_bytes_, name);
  scratch_bytes_ += size * count;
  return slot;
}

kernel_lowering::value kernel_lowering::slot_at(value base, llvm::Type* t, value index) {
  return builder_.CreateInBoundsGEP(t, base, index);
}

void kernel_lowering::lower_pack_body(const std::function<void()>& body, value mask) {
  ++emission_;
  at_group_level_ = false;
  terminated_ = false;
  pack_now_.mask = mask;
  mask_ = mask;
  llvm::Type* mask_type = lanes_of(builder_.getInt1Ty());
  llvm::BasicBlock* end = new_block("pack.end");
  const std::size_t outside = frames_.size();
  if (plan_.single_segment()) {
    frame f;
    f.masked = pack_.returns_diverge;
    f.break_target = end;
    if (f.masked) {
      f.live = allocate(mask_type, "returned.not");
      builder_.CreateStore(mask_or_all(), f.live);
    }
    frames_.push_back(f);
  } else {
    bool some_may_be_gone = false;
    for (const frame& f : frames_) {
      if (!f.masked) continue;
      some_may_be_gone = true;
      for (const value slot : {f.live, f.iteration})
        if (slot) mask_ = mask_and(mask_, builder_.CreateLoad(mask_type, slot_at(slot, mask_type, pack_now_.index)));
    }
    if (some_may_be_gone) {
      llvm::BasicBlock* run = new_block("pack");
      builder_.CreateCondBr(any(mask_), run, end);
      builder_.SetInsertPoint(run);
    }
  }
  body();
  branch_to(end);
  frames_.resize(outside);
  builder_.SetInsertPoint(end);
  terminated_ = false;
  mask_ = nullptr;
  at_group_level_ = true;
}

kernel_lowering::value kernel_lowering::row_mask(value x, value end) {
  const value left = builder_.CreateSub(end, x);
  const value few = builder_.CreateTrunc(
      builder_.CreateBinaryIntrinsic(llvm::Intrinsic::umin, left, builder_.getInt64(lanes_)), builder_.getInt32Ty());
  return builder_.CreateICmpULT(lane_numbers(builder_.getInt32Ty(), 1), builder_.CreateVectorSplat(lanes_, few));
}

/// The pack whose lane 0 is at coordinate[0] of a row that ends at `end`.
void kernel_lowering::lower_row_pack(const std::function<void()>& body, value end) {
  const value x = pack_now_.coordinate[0];
  const auto* constant_end = llvm::dyn_cast<llvm::ConstantInt>(end);
  const auto* constant_x = llvm::dyn_cast<llvm::ConstantInt>(x);
  if (constant_end && constant_end->getZExtValue() % lanes_ == 0 && !options_.flat)
    return lower_pack_body(body, nullptr);
  if (constant_end && constant_x) {
    const bool full = constant_x->getZExtValue() + lanes_ <= constant_end->getZExtValue();
    return lower_pack_body(body, full ? nullptr : row_mask(x, end));
  }
  llvm::BasicBlock* full = new_block("pack.full");
  llvm::BasicBlock* edge = new_block("pack.edge");
  llvm::BasicBlock* partial = new_block("pack.partial");
  llvm::BasicBlock* done = new_block("pack.done");
  builder_.CreateCondBr(builder_.CreateICmpULE(builder_.CreateAdd(x, builder_.getInt64(lanes_)), end), full, edge);
  builder_.SetInsertPoint(edge);
  const value edge_mask = row_mask(x, end);
  builder_.CreateBr(partial);
  builder_.SetInsertPoint(partial);
  llvm::PHINode* mask = builder_.CreatePHI(edge_mask->getType(), 2, "mask");
  mask->addIncoming(edge_mask, edge);
  const pack_state here = pack_now_;

  builder_.SetInsertPoint(full);
  if (plan_.single_segment()) restart_mask_ = mask;
  lower_pack_body(body, nullptr);
  restart_mask_ = nullptr;
  builder_.CreateBr(done);

  builder_.SetInsertPoint(partial);
  pack_now_ = here;
  lower_pack_body(body, mask);
  builder_.CreateBr(done);
  builder_.SetInsertPoint(done);
}

/// Lane l of pack p is the work-item of linear id p * lanes + l.
void kernel_lowering::lower_linear_pack(const std::function<void()>& body, value index) {
  const auto& size = local_size();
  const std::uint64_t total = std::uint64_t{size[0]} * size[1] * size[2];
  llvm::Type* i32 = builder_.getInt32Ty();
  const value first = builder_.CreateTrunc(builder_.CreateMul(index, builder_.getInt64(lanes_)), i32);
  const value linear = builder_.CreateAdd(builder_.CreateVectorSplat(lanes_, first), lane_numbers(i32, 1));
  const auto constant = [&](std::uint64_t n) { return llvm::ConstantInt::get(linear->getType(), n); };
  const value row = builder_.CreateUDiv(linear, constant(size[0]));
  const value coordinates[3] = {builder_.CreateURem(linear, constant(size[0])),
                                builder_.CreateURem(row, constant(size[1])),
                                builder_.CreateUDiv(row, constant(size[1]))};
  for (unsigned d = 0; d < 3; ++d)
    pack_now_.lane_coordinate[d] = builder_.CreateZExt(coordinates[d], lanes_of(builder_.getInt64Ty()));
  const value mask = total % lanes_ == 0 ? nullptr : builder_.CreateICmpULT(linear, constant(total));
  const auto* number = llvm::dyn_cast<llvm::ConstantInt>(index);
  const bool full = number && (number->getZExtValue() + 1) * lanes_ <= total;
  lower_pack_body(body, full ? nullptr : mask);
}

void kernel_lowering::for_each_pack(const std::function<void()>& body) {
  llvm::Type* i64 = builder_.getInt64Ty();
  const value zero = builder_.getInt64(0), one = builder_.getInt64(1), width = builder_.getInt64(lanes_);
  if (!options_.packs.local_size) {
    // Any local size: rows of x, each cut into packs.
    value sizes[3];
    for (unsigned d = 0; d < 3; ++d)
      sizes[d] = launch_field(56 + 8 * d, i64);
    const value packs_per_row = builder_.CreateUDiv(builder_.CreateAdd(sizes[0], builder_.getInt64(lanes_ - 1)), width);
    counted_loop(zero, sizes[2], one, "z", [&](value z) {
      counted_loop(zero, sizes[1], one, "y", [&](value y) {
        const value row = builder_.CreateMul(builder_.CreateAdd(builder_.CreateMul(z, sizes[1]), y), packs_per_row);
        counted_loop(zero, sizes[0], width, "x", [&](value x) {
          pack_now_ = {};
          pack_now_.index = builder_.CreateAdd(row, builder_.CreateUDiv(x, width));
          pack_now_.coordinate[0] = x;
          pack_now_.coordinate[1] = y;
          pack_now_.coordinate[2] = z;
          lower_row_pack(body, sizes[0]);
        });
      });
    });
    return;
  }
  const auto& size = local_size();
  const auto one_pack = [&](value index) {
    pack_now_ = {};
    pack_now_.index = index;
    if (options_.packs.linear_packs) return lower_linear_pack(body, index);
    const value per_row = builder_.getInt64((size[0] + lanes_ - 1) / lanes_);
    const value row = builder_.CreateUDiv(index, per_row);
    pack_now_.coordinate[0] = builder_.CreateMul(builder_.CreateURem(index, per_row), width);
    pack_now_.coordinate[1] = builder_.CreateURem(row, builder_.getInt64(size[1]));
    pack_now_.coordinate[2] = builder_.CreateUDiv(row, builder_.getInt64(size[1]));
    lower_row_pack(body, builder_.getInt64(size[0]));
  };
  if (plan_.unroll_packs() && !plan_.single_segment()) {
    for (std::uint64_t p = 0; p < plan_.pack_count(); ++p)
      one_pack(builder_.getInt64(p));
  } else {
    counted_loop(zero, builder_.getInt64(plan_.pack_count()), one, "pack", one_pack);
  }
}

void kernel_lowering::evaluate_group_pure(const ir::region& r, std::size_t first, std::size_t last) {
  at_group_level_ = true;
  mask_ = nullptr;
  for (std::size_t i = first; i < last; ++i)
    if (const ir::operation& op = *r.operations[i]; plan_.group_pure(op)) group_values_[op.id] = evaluate(op);
}

void kernel_lowering::lower_segment(const ir::region& r, std::size_t first, std::size_t last) {
  evaluate_group_pure(r, first, last);
  bool per_pack = false;
  for (std::size_t i = first; i < last; ++i) {
    const ir::operation& op = *r.operations[i];
    if (!plan_.group_pure(op))
      per_pack |= op.code != opcode::variable && op.code != opcode::yield && op.code != opcode::private_alloc &&
                  op.code != opcode::local_alloc && op.code != opcode::constant && op.code != opcode::prefetch;
  }
  if (per_pack) for_each_pack([&] { lower_region(r, first, last); });
}

void kernel_lowering::lower_group_region(const ir::region& r, std::size_t first) {
  for (std::size_t i = first; i < r.operations.size(); ++i) {
    const ir::operation& op = *r.operations[i];
    if (!plan_.group_level(op) && !plan_.advances_together(op)) continue;
    lower_segment(r, first, i);
    first = i + 1;
    if (plan_.advances_together(op)) {
      if (!rounds_.groups || &op != function_.body.operations[rounds_.loop]) advance_together(op);
      lower_segment(r, i, i + 1);
      continue;
    }
    at_group_level_ = true;
    mask_ = nullptr;
    switch (op.code) {
    case opcode::barrier: break;
    case opcode::write: write_variable(op); break;
    case opcode::if_else: lower_group_if(op); break;
    case opcode::loop: lower_group_loop(op); break;
    case opcode::block: lower_group_block(op); break;
    default: lower_group_exit(op); break;
    }
    if (terminated_) return;
  }
  lower_segment(r, first, r.operations.size());
}

void kernel_lowering::set_group_mask(value slot) {
  llvm::Type* mask_type = lanes_of(builder_.getInt1Ty());
  for_each_pack([&] { builder_.CreateStore(mask_or_all(), slot_at(slot, mask_type, pack_now_.index)); });
}

kernel_lowering::value kernel_lowering::all_returned() {
  const value some = allocate(builder_.getInt1Ty(), "some");
  builder_.CreateStore(builder_.getFalse(), some);
  for_each_pack([&] { builder_.CreateStore(builder_.getTrue(), some); });
  return builder_.CreateNot(builder_.CreateLoad(builder_.getInt1Ty(), some));
}

void kernel_lowering::lower_group_if(const ir::operation& op) {
  const value condition = group_value(*op.operands[0]).parts[0];
  llvm::BasicBlock* then = new_block("group.then");
  llvm::BasicBlock* otherwise = new_block("group.else");
  llvm::BasicBlock* join = new_block("group.join");
  builder_.CreateCondBr(condition, then, otherwise);
  builder_.SetInsertPoint(then);
  lower_group_region(op.body(0));
  branch_to(join);
  builder_.SetInsertPoint(otherwise);
  terminated_ = false;
  lower_group_region(op.body(1));
  branch_to(join);
  resume_at(join);
}

void kernel_lowering::lower_group_loop(const ir::operation& op) {
  llvm::BasicBlock* condition = new_block("group.while");
  llvm::BasicBlock* body = new_block("group.body");
  llvm::BasicBlock* step = new_block("group.step");
  llvm::BasicBlock* exit = new_block("group.done");
  frame f;
  f.op = &op;
  f.group_level = true;
  f.break_target = exit;
  f.continue_target = step;
  f.masked = plan_.needs_mask(&op);
  if (f.masked) f.iteration = group_slot(lanes_of(builder_.getInt1Ty()), "iteration", plan_.pack_count());
  builder_.CreateBr(op.test_at_end ? body : condition);

  builder_.SetInsertPoint(condition);
  if (frames_.front().masked) {
    // With nobody left there is nobody to say when the loop ends.
    llvm::BasicBlock* on = new_block("group.some");
    builder_.CreateCondBr(all_returned(), group_end_, on);
    builder_.SetInsertPoint(on);
  }
  lower_group_region(op.body(0));
  at_group_level_ = true;
  builder_.CreateCondBr(group_value(*op.body(0).operations.back()->operands[0]).parts[0], body, exit);

  builder_.SetInsertPoint(body);
  if (f.masked) set_group_mask(f.iteration);
  frames_.push_back(f);
  lower_group_region(op.body(1));
  frames_.pop_back();
  branch_to(step);
  if (resume_at(step)) {
    lower_group_region(op.body(2));
    branch_to(condition);
  }
  resume_at(exit);
}

void kernel_lowering::lower_group_block(const ir::operation& op) {
  frame f;
  f.op = &op;
  f.group_level = true;
  f.break_target = new_block("group.block.end");
  f.masked = plan_.needs_mask(&op);
  if (f.masked) {
    f.live = group_slot(lanes_of(builder_.getInt1Ty()), "inside", plan_.pack_count());
    set_group_mask(f.live);
  }
  frames_.push_back(f);
  lower_group_region(op.body());
  frames_.pop_back();
  branch_to(f.break_target);
  resume_at(f.break_target);
}

void kernel_lowering::lower_group_exit(const ir::operation& op) {
  terminated_ = true;
  for (std::size_t i = frames_.size(); i-- > 0;) {
    if (frames_[i].op != op.target) continue;
    builder_.CreateBr(op.code == opcode::continue_to ? frames_[i].continue_target : frames_[i].break_target);
    return;
  }
}

void kernel_lowering::lower_group() {
  group_end_ = new_block("group.end");
  at_group_level_ = true;
  terminated_ = false;
  mask_ = nullptr;
  frames_.clear();
  if (plan_.single_segment()) {
    for_each_pack([&] { lower_region(function_.body); });
  } else {
    frame f;
    f.group_level = true;
    f.break_target = group_end_;
    f.masked = plan_.needs_mask(nullptr);
    if (f.masked) {
      f.live = group_slot(lanes_of(builder_.getInt1Ty()), "returned.not", plan_.pack_count());
      set_group_mask(f.live);
    }
    frames_.push_back(f);
    lower_group_region(function_.body, rounds_.loop);
    frames_.clear();
  }
  branch_to(group_end_);
  builder_.SetInsertPoint(group_end_);
  terminated_ = false;
}

} // namespace dotcompute::cpu
