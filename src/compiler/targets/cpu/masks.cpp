// SPDX-License-Identifier: MIT
// Masks: which lanes are on, and questions about conditions over all lanes.
#include "compiler/targets/cpu/lowering.hpp"

#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

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

namespace {

bool is_comparison(opcode c) {
  switch (c) {
  case opcode::icmp_eq:
  case opcode::icmp_ne:
  case opcode::icmp_slt:
  case opcode::icmp_sle:
  case opcode::icmp_ult:
  case opcode::icmp_ule: return true;
  default: return false;
  }
}

llvm::CmpInst::Predicate predicate_of(opcode c) {
  switch (c) {
  case opcode::icmp_slt: return llvm::CmpInst::ICMP_SLT;
  case opcode::icmp_sle: return llvm::CmpInst::ICMP_SLE;
  case opcode::icmp_ult: return llvm::CmpInst::ICMP_ULT;
  default: return llvm::CmpInst::ICMP_ULE;
  }
}

} // namespace

/// The value `span` beyond `first`, and whether counting up to it wraps around the end of the type.
std::pair<kernel_lowering::value, kernel_lowering::value> kernel_lowering::last_of(const ir::operation& order,
                                                                                   value first, std::uint64_t span) {
  const bool is_signed = order.code == opcode::icmp_slt || order.code == opcode::icmp_sle;
  const value sum = builder_.CreateBinaryIntrinsic(is_signed ? llvm::Intrinsic::sadd_with_overflow
                                                             : llvm::Intrinsic::uadd_with_overflow,
                                                   first, llvm::ConstantInt::get(first->getType(), span));
  return {builder_.CreateExtractValue(sum, 0), builder_.CreateExtractValue(sum, 1)};
}

/// A comparison of lanes that count up with something uniform is decided by the first and the last lane alone. Lanes
/// that wrap around the end of the type are in no order.
std::optional<kernel_lowering::judgement> kernel_lowering::judge_by_ends(const ir::operation& c) {
  if (!is_comparison(c.code) || !c.operands[0]->result.is_integer() || !c.operands[0]->result.is_scalar()) return {};
  if (!operands_at_hand(c)) return {};
  const bool affine_first = shape_of(*c.operands[0]).is_affine();
  const ir::operation& counts = *c.operands[affine_first ? 0 : 1];
  const ir::operation& limit = *c.operands[affine_first ? 1 : 0];
  const shape s = shape_of(counts);
  if (!s.is_affine() || !shape_of(limit).is_uniform() || s.stride <= 0 || lanes_ == 1) return {};
  const value first = scalar(counts), bound = scalar(limit);
  if (c.code == opcode::icmp_eq || c.code == opcode::icmp_ne) {
    if (s.stride != 1) return {};
    const value here =
        builder_.CreateICmpULT(builder_.CreateSub(bound, first), llvm::ConstantInt::get(first->getType(), lanes_));
    if (c.code == opcode::icmp_eq) return judgement{builder_.getFalse(), here};
    return judgement{builder_.CreateNot(here), builder_.getTrue()};
  }
  const auto [last, wrapped] = last_of(c, first, static_cast<std::uint64_t>(s.stride) * (lanes_ - 1));
  const auto holds = [&](value lane) {
    return builder_.CreateICmp(predicate_of(c.code), affine_first ? lane : bound, affine_first ? bound : lane);
  };
  return judgement{builder_.CreateAnd(builder_.CreateNot(wrapped), holds(affine_first ? last : first)),
                   builder_.CreateOr(wrapped, holds(affine_first ? first : last))};
}

kernel_lowering::judgement kernel_lowering::judge(const ir::operation& c) {
  if (shape_of(c).is_uniform()) return {scalar(c), scalar(c)};
  if (const auto by_ends = judge_by_ends(c)) return *by_ends;
  if (boundary_condition(c) && !is_comparison(c.code) && operands_at_hand(c)) {
    const ir::operation &a = *c.operands[0], &b = *c.operands[1];
    if (c.code == opcode::bit_xor && b.code == opcode::constant && (b.bits & 1)) {
      const judgement opposite = judge(a);
      return {builder_.CreateNot(opposite.some), builder_.CreateNot(opposite.every)};
    }
    if (c.code != opcode::bit_xor) {
      const judgement x = judge(a), y = judge(b);
      if (c.code == opcode::bit_and) return {builder_.CreateAnd(x.every, y.every), builder_.CreateAnd(x.some, y.some)};
      return {builder_.CreateOr(x.every, y.every), builder_.CreateOr(x.some, y.some)};
    }
  }
  const value lanes = vector(c);
  return {all(lanes), any(lanes)};
}

/// Whether an ordering with something uniform holds from `first` up to `first` + `span`; "no" is always safe.
kernel_lowering::value kernel_lowering::all_between_hold(const ir::operation& c, value first, std::uint64_t span) {
  const auto [last, wrapped] = last_of(c, first, span);
  return builder_.CreateAnd(builder_.CreateNot(wrapped),
                            builder_.CreateICmp(predicate_of(c.code), last, scalar(*c.operands[1])));
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
  if (is_comparison(c.code)) return !shape_of(*c.operands[0]).is_varying() && !shape_of(*c.operands[1]).is_varying();
  switch (c.code) {
  case opcode::bit_and:
  case opcode::bit_or:
  case opcode::bit_xor:
    return std::all_of(c.operands.begin(), c.operands.end(),
                       [&](const ir::operation* o) { return shape_of(*o).is_uniform() || boundary_condition(*o); });
  default: return false;
  }
}

/// Whether the pack may leave before (or after) `op` for the masked copy of the whole body and do what it has done once
/// more: nothing of it can be seen from outside.
bool kernel_lowering::can_restart(const ir::operation& op, bool after) const {
  if (!restart_mask_ || op.parent != &function_.body) return false;
  bool repeatable = true;
  const auto check = [&](const ir::operation& o) {
    const auto c = o.code;
    repeatable &= ir::is_pure(c) || ir::is_structured(c) || c == opcode::variable || c == opcode::write ||
                  c == opcode::read || c == opcode::load || c == opcode::private_alloc || c == opcode::sdiv ||
                  c == opcode::udiv || c == opcode::srem || c == opcode::urem || c == opcode::yield ||
                  c == opcode::break_to || c == opcode::continue_to || c == opcode::return_from;
  };
  for (const ir::operation* earlier : function_.body.operations) {
    if (earlier == &op && !after) break;
    check(*earlier);
    for (const auto& r : earlier->regions)
      analysis::for_each(*r, [&](ir::operation& inner) { check(inner); });
    if (earlier == &op) break;
  }
  return repeatable;
}

void kernel_lowering::restart_masked() {
  restart_mask_->addIncoming(all_lanes(), builder_.GetInsertBlock());
  builder_.CreateBr(restart_mask_->getParent());
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

} // namespace dotcompute::cpu
