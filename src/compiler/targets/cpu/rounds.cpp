// SPDX-License-Identifier: MIT
// Neighbouring work-groups that take turns in their first loop. A grid-stride loop reads a few lines of each of many
// far pages when one group goes through all of it alone; memory gives less then than it does for one long walk. With
// several groups going forward a few trips at a time, whole pages are read while they are open.
#include "compiler/analysis/regions.hpp"
#include "compiler/targets/cpu/lowering.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using ir::opcode;

namespace {

/// Work-items that take turns: two pages' worth of floats.
constexpr std::uint64_t items_in_rounds = 2048;
constexpr std::uint64_t most_groups_in_rounds = 32;
/// Far pages that one turn of one group reads from: more would be too many for the processor to follow.
constexpr std::uint64_t pages_a_turn = 16, least_trips_a_turn = 4;

/// Whether no other work-item can see that the operation was done, or when.
bool leaves_no_trace(const ir::operation& op) {
  switch (op.code) {
  case opcode::load:
    return !op.is_volatile && (op.operands[0]->result.space == ir::address_space::global ||
                               op.operands[0]->result.space == ir::address_space::constant);
  case opcode::variable:
  case opcode::write:
  case opcode::private_alloc:
  case opcode::local_alloc:
  case opcode::sdiv:
  case opcode::udiv:
  case opcode::srem:
  case opcode::urem:
  case opcode::if_else:
  case opcode::loop:
  case opcode::block:
  case opcode::yield: return true;
  default: return ir::is_pure(op.code);
  }
}

} // namespace

/// Groups may take turns from the kernel's start to the end of its first loop that packs go through together, when
/// nothing until there has an effect, is decided for the whole group, or uses memory that groups of one thread share.
void kernel_lowering::find_rounds() {
  if (plan_.single_segment() || plan_.needs_mask(nullptr) || !plan_.unroll_packs()) return;
  const auto& size = local_size();
  const std::uint64_t groups =
      std::min(items_in_rounds / (std::uint64_t{size[0]} * size[1] * size[2]), most_groups_in_rounds);
  const auto& all = function_.body.operations;
  const auto loop =
      std::find_if(all.begin(), all.end(), [&](const ir::operation* op) { return plan_.advances_together(*op); });
  if (groups < 2 || loop == all.end()) return;
  bool possible = true;
  std::vector<bool> taken(function_.operation_count(), false), touched = taken, written = taken;
  const auto visit = [&](ir::operation& op) {
    possible &= leaves_no_trace(op) && !plan_.group_level(op);
    taken[op.id] = true;
    for (const ir::operation* operand : op.operands)
      touched[operand->id] = true;
    if (op.code == opcode::write && op.parent->parent == *loop) written[op.operands[0]->id] = true;
  };
  for (auto it = all.begin(); it <= loop; ++it) {
    visit(**it);
    for (const auto& nested : (*it)->regions)
      analysis::for_each(*nested, visit);
  }
  if (!possible) return;
  rounds_.loop = static_cast<std::size_t>(loop - all.begin());
  rounds_.groups = groups;
  std::uint64_t loads = 0;
  for (const ir::operation* op : (*loop)->body(1).operations)
    loads += op->code == opcode::load;
  rounds_.trips = std::max(least_trips_a_turn, pages_a_turn / std::max<std::uint64_t>(1, loads));
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (!plan_.crosses(op) || layout_.allocation[op.id]) return;
    if (op.code == opcode::variable ? touched[op.id] : taken[op.id]) rounds_.kept.push_back({&op, written[op.id], {}});
  });
}

/// Where group number `group` of the batch finds its copy.
kernel_lowering::value kernel_lowering::aside(value& storage, llvm::Type* t, std::uint64_t count, value group) {
  if (!storage) storage = group_slot(t, "aside", count * rounds_.groups);
  return slot_at(storage, t, builder_.CreateMul(group, builder_.getInt64(count)));
}

/// Copies what a group keeps of its own from the slots that the code of any group works on, or back.
void kernel_lowering::copy_kept(kept_value& k, value group, bool from_slots) {
  at_group_level_ = true;
  llvm::Type* t = slot_type(*k.op);
  const std::uint64_t count = kept_once(*k.op) ? 1 : plan_.pack_count();
  k.aside.resize(k.op->result.components);
  for (unsigned part = 0; part < k.op->result.components; ++part) {
    const value here = slot_address(*k.op, part);
    const value there = aside(k.aside[part], t, count, group);
    for (std::uint64_t p = 0; p < count; ++p) {
      const value index = builder_.getInt64(p);
      const value from = slot_at(from_slots ? here : there, t, index),
                  to = slot_at(from_slots ? there : here, t, index);
      builder_.CreateStore(builder_.CreateLoad(t, from), to);
    }
  }
}

/// From the start of the group to its first trip.
void kernel_lowering::start_group(value group) {
  lower_segment(function_.body, 0, rounds_.loop);
  for (kept_value& k : rounds_.kept)
    copy_kept(k, group, true);
  at_group_level_ = true;
  const value in_step = enter_together(*function_.body.operations[rounds_.loop]);
  builder_.CreateStore(in_step, aside(rounds_.in_step, builder_.getInt1Ty(), 1, group));
  rounds_.leads.resize(leads_.size());
  for (std::size_t i = 0; i < leads_.size(); ++i) {
    llvm::Type* t = element_type(leads_[i].variable->result);
    builder_.CreateStore(builder_.CreateLoad(t, leads_[i].slot), aside(rounds_.leads[i], t, 1, group));
  }
}

/// Some trips of a group that is in step.
void kernel_lowering::take_turn(value group, value most_trips, value paused) {
  const ir::operation& loop = *function_.body.operations[rounds_.loop];
  const auto copy_leads = [&](bool back) {
    for (std::size_t i = 0; i < leads_.size(); ++i) {
      llvm::Type* t = element_type(leads_[i].variable->result);
      const value kept = aside(rounds_.leads[i], t, 1, group);
      builder_.CreateStore(builder_.CreateLoad(t, back ? leads_[i].slot : kept), back ? kept : leads_[i].slot);
    }
  };
  llvm::BasicBlock* run = new_block("turn.run");
  llvm::BasicBlock* done = new_block("turn.done");
  const value in_step = aside(rounds_.in_step, builder_.getInt1Ty(), 1, group);
  builder_.CreateCondBr(builder_.CreateLoad(builder_.getInt1Ty(), in_step), run, done);
  builder_.SetInsertPoint(run);
  evaluate_group_pure(function_.body, 0, rounds_.loop);
  copy_leads(false);
  for (kept_value& k : rounds_.kept)
    if (!lead_of(*k.op)) copy_kept(k, group, false);
  run_together(loop, most_trips, paused);
  for (kept_value& k : rounds_.kept)
    if (k.changes && !lead_of(*k.op)) copy_kept(k, group, true);
  copy_leads(true);
  builder_.CreateBr(done);
  builder_.SetInsertPoint(done);
}

/// What is left of the loop, and all that follows.
void kernel_lowering::finish_group(value group, const std::vector<lead_variable>& leads) {
  for (kept_value& k : rounds_.kept)
    copy_kept(k, group, false);
  llvm::BasicBlock* apart = new_block("lead");
  llvm::BasicBlock* finish = new_block("finish");
  const value in_step = aside(rounds_.in_step, builder_.getInt1Ty(), 1, group);
  builder_.CreateCondBr(builder_.CreateLoad(builder_.getInt1Ty(), in_step), apart, finish);
  builder_.SetInsertPoint(apart);
  leads_ = leads;
  for (std::size_t i = 0; i < leads_.size(); ++i) {
    llvm::Type* t = element_type(leads_[i].variable->result);
    builder_.CreateStore(builder_.CreateLoad(t, aside(rounds_.leads[i], t, 1, group)), leads_[i].slot);
  }
  leave_together();
  builder_.CreateBr(finish);
  builder_.SetInsertPoint(finish);
  evaluate_group_pure(function_.body, 0, rounds_.loop);
  lower_group();
}

void kernel_lowering::lower_rounds() {
  const value one = builder_.getInt64(1), zero = builder_.getInt64(0);
  counted_loop(range_bound(false, 0), range_bound(true, 0), builder_.getInt64(rounds_.groups), "batch", [&](value x) {
    const value groups = builder_.CreateBinaryIntrinsic(
        llvm::Intrinsic::umin, builder_.CreateSub(range_bound(true, 0), x), builder_.getInt64(rounds_.groups));
    const auto each_group = [&](const char* name, const std::function<void(value)>& body) {
      counted_loop(zero, groups, one, name, [&](value group) {
        group_id_[0] = builder_.CreateAdd(x, group);
        body(group);
      });
    };
    frame f;
    f.group_level = true;
    frames_.assign(1, f);
    each_group("start", [&](value group) { start_group(group); });

    // A group alone has nobody to wait for.
    const value most_trips = builder_.CreateSelect(
        builder_.CreateICmpEQ(groups, one), builder_.getInt64(~std::uint64_t{0}), builder_.getInt64(rounds_.trips));
    const value paused = allocate(builder_.getInt1Ty(), "paused");
    llvm::BasicBlock* round = new_block("round");
    llvm::BasicBlock* done = new_block("rounds.done");
    builder_.CreateBr(round);
    builder_.SetInsertPoint(round);
    builder_.CreateStore(builder_.getFalse(), paused);
    each_group("turn", [&](value group) { take_turn(group, most_trips, paused); });
    builder_.CreateCondBr(builder_.CreateLoad(builder_.getInt1Ty(), paused), round, done);
    builder_.SetInsertPoint(done);

    frames_.clear();
    const std::vector<lead_variable> leads = std::move(leads_);
    leads_.clear();
    each_group("finish", [&](value group) { finish_group(group, leads); });
  });
}

} // namespace dotcompute::cpu
