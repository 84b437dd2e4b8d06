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

kernel_lowering::value kernel_lowering::any(value mask) {
  if (!mask) return builder_.getTrue();
  const value bits = builder_.CreateBitCast(mask, builder_.getIntNTy(lanes_));
  return builder_.CreateICmpNE(bits, llvm::ConstantInt::get(bits->getType(), 0));
}

kernel_lowering::value kernel_lowering::all(value mask) {
  if (!mask) return builder_.getTrue();
  const value bits = builder_.CreateBitCast(mask, builder_.getIntNTy(lanes_));
  return builder_.CreateICmpEQ(bits, llvm::Constant::getAllOnesValue(bits->getType()));
}

/// Whether a condition holds in every lane. When lanes count up and are compared with a limit, the last lane decides.
kernel_lowering::value kernel_lowering::all_lanes_hold(const ir::operation& c) {
  const bool is_signed = c.code == opcode::icmp_slt || c.code == opcode::icmp_sle;
  const bool is_order = is_signed || c.code == opcode::icmp_ult || c.code == opcode::icmp_ule;
  if (lanes_ > 1 && is_order && shape_of(*c.operands[0]).is_affine() && shape_of(*c.operands[0]).stride > 0 &&
      shape_of(*c.operands[1]).is_uniform() && c.operands[0]->result.is_integer()) {
    const value first = scalar(*c.operands[0]);
    const value span = llvm::ConstantInt::get(
        first->getType(), static_cast<std::uint64_t>(shape_of(*c.operands[0]).stride) * (lanes_ - 1));
    // Lanes that wrap around the end of the type are in no order; then the answer is no, which is always safe.
    const value sum = builder_.CreateBinaryIntrinsic(
        is_signed ? llvm::Intrinsic::sadd_with_overflow : llvm::Intrinsic::uadd_with_overflow, first, span);
    const value last = builder_.CreateExtractValue(sum, 0), wrapped = builder_.CreateExtractValue(sum, 1);
    const bool or_equal = c.code == opcode::icmp_sle || c.code == opcode::icmp_ule;
    const auto predicate = is_signed ? (or_equal ? llvm::CmpInst::ICMP_SLE : llvm::CmpInst::ICMP_SLT)
                                     : (or_equal ? llvm::CmpInst::ICMP_ULE : llvm::CmpInst::ICMP_ULT);
    return builder_.CreateAnd(builder_.CreateNot(wrapped),
                              builder_.CreateICmp(predicate, last, scalar(*c.operands[1])));
  }
  return all(vector(c));
}

kernel_lowering::value kernel_lowering::mask_or_all() {
  return mask_ ? mask_ : all_lanes();
}

kernel_lowering::value kernel_lowering::mask_and(value mask, value with) {
  return mask ? builder_.CreateAnd(mask, with) : with;
}

kernel_lowering::value kernel_lowering::mask_and_not(value mask, value with) {
  return mask_and(mask, builder_.CreateNot(with));
}

/// Comparisons of affine and uniform values: edges of the range, which nearly all packs are far from.
bool kernel_lowering::boundary_condition(const ir::operation& c) const {
  switch (c.code) {
  case opcode::icmp_eq:
  case opcode::icmp_ne:
  case opcode::icmp_slt:
  case opcode::icmp_sle:
  case opcode::icmp_ult:
  case opcode::icmp_ule: return !shape_of(*c.operands[0]).is_varying() && !shape_of(*c.operands[1]).is_varying();
  case opcode::bit_and:
  case opcode::bit_or:
  case opcode::bit_xor:
    return std::all_of(c.operands.begin(), c.operands.end(),
                       [&](const ir::operation* o) { return shape_of(*o).is_uniform() || boundary_condition(*o); });
  default: return false;
  }
}

/// Whether the pack may leave at `op` for the masked copy of the whole body and do what came before once more: nothing
/// of it can be seen from outside.
bool kernel_lowering::can_restart(const ir::operation& op) const {
  if (!restart_mask_ || op.parent != &function_.body) return false;
  bool repeatable = true;
  const auto check = [&](const ir::operation& o) {
    const auto c = o.code;
    repeatable &= ir::is_pure(c) || ir::is_structured(c) || c == opcode::variable || c == opcode::write ||
                  c == opcode::read || c == opcode::load || c == opcode::private_alloc || c == opcode::sdiv ||
                  c == opcode::udiv || c == opcode::srem || c == opcode::urem;
  };
  for (const ir::operation* earlier : function_.body.operations) {
    if (earlier == &op) break;
    check(*earlier);
    for (const auto& r : earlier->regions)
      analysis::for_each(*r, [&](ir::operation& inner) { check(inner); });
  }
  return repeatable;
}

void kernel_lowering::restart_masked() {
  restart_mask_->addIncoming(all_lanes(), builder_.GetInsertBlock());
  builder_.CreateBr(restart_mask_->getParent());
}

kernel_lowering::value kernel_lowering::slot_address(const ir::operation& op, unsigned part) {
  if (serial_) return serial_slots_.at(&op)[part];
  const shape s = shape_of(op);
  const bool crosses = plan_.crosses(op);
  const bool single =
      !crosses || plan_.group_scalar(op) ||
      (op.code != opcode::variable && op.code != opcode::private_alloc && s.is_uniform() && group_.of(op).is_uniform());
  llvm::Type* t = nullptr;
  unsigned parts = op.result.components;
  unsigned alignment = 0;
  if (op.code == opcode::private_alloc) {
    const std::uint64_t step = std::max(1u, op.alignment);
    const std::uint64_t size = (static_cast<std::uint64_t>(op.immediate) + step - 1) / step * step;
    t = llvm::ArrayType::get(builder_.getInt8Ty(), std::max<std::uint64_t>(1, size) * lanes_);
    parts = 1;
    alignment = 64;
  } else {
    t = element_type(op.result.element_type());
    if (s.is_varying()) t = lanes_of(t);
  }
  auto& slots = slots_[op.id];
  if (slots.empty() && !single && !plan_.unroll_packs())
    remark(op, (op.symbol.empty() ? std::string("a value") : "'" + op.symbol + "'") +
                   " is kept in memory across a barrier, once for each pack of the group");
  if (slots.empty())
    for (unsigned i = 0; i < parts; ++i) {
      const char* name = op.code == opcode::private_alloc ? "private"
                         : op.code == opcode::variable    ? "variable"
                                                          : "kept";
      slots.push_back(single && llvm_function_->getParent()->getDataLayout().getTypeAllocSize(t) <= 16384
                          ? static_cast<value>(allocate(t, name, alignment))
                          : group_slot(t, name, single ? 1 : plan_.pack_count()));
    }
  const bool per_pack = !single;
  if (!per_pack) return slots[part];
  return slot_at(slots[part], t, at_group_level_ ? builder_.getInt64(0) : pack_now_.index);
}

lane_value kernel_lowering::read_variable(const ir::operation& op) {
  const ir::operation& variable = *op.operands[0];
  const shape s = shape_of(variable);
  lane_value v = make(s.kind, {}, s.is_affine() ? s.stride : 0);
  llvm::Type* t = element_type(variable.result.element_type());
  if (s.is_varying()) t = lanes_of(t);
  for (unsigned part = 0; part < variable.result.components; ++part)
    v.parts.push_back(builder_.CreateLoad(t, slot_address(variable, part)));
  return v;
}

void kernel_lowering::write_variable(const ir::operation& op) {
  const ir::operation& variable = *op.operands[0];
  const shape s = shape_of(variable);
  const lane_value v = get(*op.operands[1]);
  const ir::type element = variable.result.element_type();
  for (unsigned part = 0; part < variable.result.components; ++part) {
    const value address = slot_address(variable, part);
    value now = s.is_varying() ? vector_part(v, part, element) : v.parts[part];
    if (mask_ && pack_.blended[op.id])
      now = builder_.CreateSelect(mask_, now, builder_.CreateLoad(now->getType(), address));
    builder_.CreateStore(now, address);
  }
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

/// Whether lanes may leave from inside `op` to somewhere that keeps a mask, so that fewer are on after it.
bool kernel_lowering::leaves_masked(const ir::operation& op) const {
  for (const ir::operation* target : exit_targets_[op.id])
    for (std::size_t i = frames_.size(); i-- > 0;) {
      if (frames_[i].masked) return true;
      if (frames_[i].op == target) break;
    }
  return false;
}

/// The lanes of `mask` that are still here after `op`.
kernel_lowering::value kernel_lowering::remaining(value mask, const ir::operation& op) {
  std::size_t outermost = frames_.size();
  for (const ir::operation* target : exit_targets_[op.id])
    for (std::size_t i = frames_.size(); i-- > 0;) {
      outermost = std::min(outermost, i);
      if (frames_[i].op == target) break;
    }
  for (std::size_t i = outermost; i < frames_.size(); ++i) {
    const frame& f = frames_[i];
    if (!f.masked) continue;
    const auto at = [&](value slot) {
      return f.group_level ? slot_at(slot, lanes_of(builder_.getInt1Ty()), pack_now_.index) : slot;
    };
    if (f.iteration) mask = mask_and(mask, builder_.CreateLoad(lanes_of(builder_.getInt1Ty()), at(f.iteration)));
    if (f.live) mask = mask_and(mask, builder_.CreateLoad(lanes_of(builder_.getInt1Ty()), at(f.live)));
  }
  return mask;
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
      if (can_restart(op)) {
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
    builder_.CreateCondBr(all_lanes_hold(*op.operands[0]), every, not_every);
    builder_.SetInsertPoint(every);
    mask_ = nullptr;
    lower_region(then_region);
    branch_to(join);
    builder_.SetInsertPoint(not_every);
    terminated_ = false;
    builder_.CreateCondBr(any(condition), mixed, none);
    builder_.SetInsertPoint(none);
    mask_ = nullptr;
    lower_region(else_region);
    branch_to(join);
    builder_.SetInsertPoint(mixed);
    terminated_ = false;
    if (can_restart(op)) {
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
  llvm::SmallVector<llvm::Metadata*, 2> hint, width;
  if (serial_ && may_reorder(op)) {
    // One lane's loop is ordinary code again, which LLVM's vectoriser may take on. Its hints allow it to reorder
    // floating-point sums, so only loops get them whose source allows that too.
    // Eight elements: stretches are short more often than long.
    width = {llvm::MDString::get(context_, "llvm.loop.vectorize.width"),
             llvm::ConstantAsMetadata::get(builder_.getInt32(8))};
    hint = {llvm::MDString::get(context_, "llvm.loop.vectorize.enable"),
            llvm::ConstantAsMetadata::get(builder_.getTrue())};
  } else if (op.unroll == 1) {
    hint = {llvm::MDString::get(context_, "llvm.loop.unroll.disable")};
  } else if (op.unroll == ~0u) {
    hint = {llvm::MDString::get(context_, "llvm.loop.unroll.full")};
  } else if (op.unroll) {
    hint = {llvm::MDString::get(context_, "llvm.loop.unroll.count"),
            llvm::ConstantAsMetadata::get(builder_.getInt32(op.unroll))};
  }
  if (!hint.empty()) {
    llvm::SmallVector<llvm::Metadata*, 3> hints{nullptr, llvm::MDNode::get(context_, hint)};
    if (!width.empty()) hints.push_back(llvm::MDNode::get(context_, width));
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
  builder_.CreateCondBr(all_lanes_hold(*op.body(0).operations.back()->operands[0]), body, leave);
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
