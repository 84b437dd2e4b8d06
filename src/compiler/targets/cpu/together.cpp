// SPDX-License-Identifier: MIT
// Loops in which the packs of a group go forward side by side, so that neighbouring packs read neighbouring memory at
// about the same time.
#include "compiler/analysis/regions.hpp"
#include "compiler/targets/cpu/lowering.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using ir::opcode;

namespace {

/// The write to `variable` in `r`, if it is the only one.
const ir::operation* only_write(const ir::region& r, const ir::operation* variable) {
  const ir::operation* found = nullptr;
  for (const ir::operation* op : r.operations) {
    if (op->code != opcode::write || op->operands[0] != variable) continue;
    if (found) return nullptr;
    found = op;
  }
  return found;
}

} // namespace

/// Variables of the loop that count work-items: pack p's value is a constant away from pack 0's as long as all advance
/// by the same. Pack 0 alone keeps them then, which saves registers, comparisons and address arithmetic in all others.
std::vector<kernel_lowering::lead_variable> kernel_lowering::find_leads(const ir::operation& loop) {
  std::vector<lead_variable> leads;
  if (!options_.packs.local_size || options_.packs.linear_packs) return leads;
  const auto& size = local_size();
  const bool one_full_row = size[1] == 1 && size[2] == 1 && size[0] % lanes_ == 0;
  if (!one_full_row || std::any_of(frames_.begin(), frames_.end(), [](const frame& f) { return f.masked; }))
    return leads;
  for (const ir::operation* write : loop.body(2).operations) {
    if (write->code != opcode::write) continue;
    const ir::operation* variable = write->operands[0];
    const analysis::shape s = shape_of(*variable);
    const ir::operation* increment = analysis::increment_of(*write);
    if (!s.is_affine() || !variable->result.is_integer() || !increment || only_write(loop.body(2), variable) != write ||
        group_.of(*increment).kind != category::uniform)
      continue;
    // Other writes, and anything in the step that looks at the variable besides its own increment, would see pack 0's
    // value of another moment.
    unsigned writes = 0, uses_in_step = 0;
    for (unsigned r = 0; r < 3; ++r)
      for (const ir::operation* op : loop.body(r).operations) {
        writes += op->code == opcode::write && op->operands[0] == variable;
        if (r != 2) continue;
        for (const ir::operation* operand : op->operands)
          uses_in_step +=
              operand == write->operands[1] || (operand->code == opcode::read && operand->operands[0] == variable);
      }
    const std::int64_t most =
        (std::int64_t{1} << (std::min(ir::bit_width(variable->result.element), 33u) - 2)) / size[0];
    if (writes == 1 && uses_in_step == 2 && s.stride > -most && s.stride < most) leads.push_back({variable, s.stride});
  }
  return leads;
}

/// Whether every work-item of the group satisfies an ordering that compares a lead variable with something uniform;
/// null when `c` is anything else.
kernel_lowering::value kernel_lowering::whole_group_holds(const ir::operation& c) {
  const bool is_signed = c.code == opcode::icmp_slt || c.code == opcode::icmp_sle;
  const bool is_order = is_signed || c.code == opcode::icmp_ult || c.code == opcode::icmp_ule;
  if (!is_order || c.operands[0]->code != opcode::read) return nullptr;
  lead_variable* lead = lead_of(*c.operands[0]->operands[0]);
  if (!lead || lead->stride < 0 || group_.of(*c.operands[1]).kind != category::uniform) return nullptr;
  lead->is_ordered = true;
  lead->is_signed = is_signed;
  const std::uint64_t items = local_size()[0];
  return all_between_hold(c, scalar(*c.operands[0]), static_cast<std::uint64_t>(lead->stride) * (items - 1));
}

/// Asks for what a strided loop reads some iterations later. The hardware does not foresee strides of more than a page,
/// and each iteration of a grid-stride loop lands on another one.
void kernel_lowering::prefetch_ahead(const ir::operation& loop) {
  constexpr std::uint64_t iterations_ahead = 4;
  llvm::Type* byte = builder_.getInt8Ty();
  for (const ir::operation* op : loop.body(1).operations) {
    if (op->code != opcode::load || !shape_of(*op->operands[0]).is_affine()) continue;
    const ir::operation& pointer = *op->operands[0];
    if (pointer.code != opcode::pointer_add || pointer.operands.size() < 2 || layout_.allocation[pointer.id]) continue;
    const ir::operation& index = *pointer.operands[1];
    if (index.code != opcode::read) continue;
    const ir::operation* write = only_write(loop.body(2), index.operands[0]);
    const ir::operation* increment = write ? analysis::increment_of(*write) : nullptr;
    if (!increment || !shape_of(*increment).is_uniform() || !plan_.rematerializable(*increment)) continue;
    const value distance =
        builder_.CreateMul(builder_.CreateSExtOrTrunc(scalar(*increment), builder_.getInt64Ty()),
                           builder_.getInt64(static_cast<std::uint64_t>(pointer.scale) * iterations_ahead));
    const value now = scalar(pointer);
    const auto d = displaced_.find(now);
    const value ahead = d == displaced_.end()
                            ? builder_.CreateGEP(byte, now, distance)
                            : builder_.CreateGEP(byte, builder_.CreateGEP(byte, d->second.lead, distance),
                                                 builder_.getInt64(static_cast<std::uint64_t>(d->second.distance)));
    prefetch(ahead);
  }
}

kernel_lowering::lead_variable* kernel_lowering::lead_of(const ir::operation& variable) {
  const auto found =
      std::find_if(leads_.begin(), leads_.end(), [&](const lead_variable& l) { return l.variable == &variable; });
  return found == leads_.end() ? nullptr : &*found;
}

kernel_lowering::value kernel_lowering::read_lead(const lead_variable& lead) {
  llvm::Type* t = element_type(lead.variable->result);
  const value first = builder_.CreateLoad(t, lead.slot);
  const std::int64_t pack = llvm::cast<llvm::ConstantInt>(pack_now_.index)->getSExtValue();
  const std::int64_t distance = lead.stride * lanes_ * pack;
  // The loop's condition, which held for the whole group, says that nothing wraps from the first work-item to the last.
  const bool ordered = in_ordered_body_ && lead.is_ordered;
  const value here = builder_.CreateAdd(first, llvm::ConstantInt::get(t, static_cast<std::uint64_t>(distance)), "",
                                        ordered && !lead.is_signed, ordered && lead.is_signed);
  displaced_[here] = {first, distance, ordered && !lead.is_signed, ordered && lead.is_signed};
  return here;
}

/// Finds what pack 0 can keep for all, and puts it into its slots. Whether the packs are in step as that needs.
kernel_lowering::value kernel_lowering::enter_together(const ir::operation& op) {
  std::vector<lead_variable> leads = find_leads(op);
  value in_step = builder_.getTrue();
  for (lead_variable& lead : leads) {
    llvm::Type* t = element_type(lead.variable->result);
    lead.slot = allocate(t, "lead");
    value first = nullptr;
    for_each_pack([&] {
      const value here = builder_.CreateLoad(t, slot_address(*lead.variable, 0));
      const std::int64_t pack = llvm::cast<llvm::ConstantInt>(pack_now_.index)->getSExtValue();
      if (!first) {
        first = here;
        builder_.CreateStore(here, lead.slot);
      } else {
        const value expected = builder_.CreateAdd(
            first, llvm::ConstantInt::get(t, static_cast<std::uint64_t>(lead.stride * lanes_ * pack)));
        in_step = builder_.CreateAnd(in_step, builder_.CreateICmpEQ(here, expected));
      }
    });
  }
  leads_ = std::move(leads);
  return in_step;
}

/// Runs `op` while all lanes of all packs stay in it, and at most `most_trips` (null: any number) of its trips. Sets
/// `paused` when it stops for that reason.
void kernel_lowering::run_together(const ir::operation& op, value most_trips, value paused) {
  llvm::BasicBlock* condition = new_block("together.while");
  llvm::BasicBlock* body = new_block("together.body");
  llvm::BasicBlock* leave = new_block("together.leave");
  value trips = nullptr;
  if (most_trips) {
    trips = allocate(builder_.getInt64Ty(), "trips");
    builder_.CreateStore(most_trips, trips);
  }
  builder_.CreateBr(condition);

  builder_.SetInsertPoint(condition);
  const ir::operation& holds = *op.body(0).operations.back()->operands[0];
  value goes_on = nullptr;
  const value together = allocate(builder_.getInt1Ty(), "together");
  builder_.CreateStore(builder_.getTrue(), together);
  for_each_pack([&] {
    if (goes_on) return;
    lower_region(op.body(0));
    goes_on = whole_group_holds(holds);
    if (goes_on) return;
    value here = builder_.CreateLoad(builder_.getInt1Ty(), together);
    here = mask_ ? builder_.getFalse() : builder_.CreateAnd(here, judge(holds).every);
    builder_.CreateStore(here, together);
  });
  if (!goes_on) goes_on = builder_.CreateLoad(builder_.getInt1Ty(), together);
  builder_.CreateCondBr(goes_on, body, leave);

  builder_.SetInsertPoint(body);
  in_ordered_body_ = true;
  for_each_pack([&] {
    lower_region(op.body(1));
    prefetch_ahead(op);
  });
  in_ordered_body_ = false;
  for_each_pack([&] { lower_region(op.body(2)); });
  if (trips) {
    llvm::BasicBlock* pause = new_block("together.pause");
    const value left = builder_.CreateSub(builder_.CreateLoad(builder_.getInt64Ty(), trips), builder_.getInt64(1));
    builder_.CreateStore(left, trips);
    builder_.CreateCondBr(builder_.CreateIsNull(left), pause, condition);
    builder_.SetInsertPoint(pause);
    builder_.CreateStore(builder_.getTrue(), paused);
    builder_.CreateBr(leave);
  } else {
    builder_.CreateBr(condition);
  }
  builder_.SetInsertPoint(leave);
  displaced_.clear();
}

/// Gives each pack its own value again of what pack 0 has kept for all.
void kernel_lowering::leave_together() {
  for (lead_variable& lead : leads_)
    for_each_pack([&] { builder_.CreateStore(read_lead(lead), slot_address(*lead.variable, 0)); });
  leads_.clear();
  displaced_.clear();
}

/// Runs `op` while all lanes of all packs stay in it; the loop of each pack then goes on from where this one stopped.
void kernel_lowering::advance_together(const ir::operation& op) {
  llvm::BasicBlock* run = new_block("together");
  llvm::BasicBlock* done = new_block("together.done");
  builder_.CreateCondBr(enter_together(op), run, done);
  builder_.SetInsertPoint(run);
  run_together(op, nullptr, nullptr);
  leave_together();
  builder_.CreateBr(done);
  builder_.SetInsertPoint(done);
}

} // namespace dotcompute::cpu
