// SPDX-License-Identifier: MIT
// Variables, and slots for what one segment keeps for another.
#include "compiler/targets/cpu/lowering.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

constexpr std::uint64_t largest_array_on_stack = 16384; // of all lanes of a pack

} // namespace

/// Whether one slot serves all packs of the group.
bool kernel_lowering::kept_once(const ir::operation& op) const {
  if (!plan_.crosses(op) || plan_.group_scalar(op)) return true;
  return op.code != opcode::variable && op.code != opcode::private_alloc && shape_of(op).is_uniform() &&
         group_.of(op).is_uniform();
}

/// What a slot holds of one pack.
llvm::Type* kernel_lowering::slot_type(const ir::operation& op) {
  if (op.code == opcode::private_alloc) {
    const std::uint64_t step = std::max(1u, op.alignment);
    const std::uint64_t size = (static_cast<std::uint64_t>(op.immediate) + step - 1) / step * step;
    return llvm::ArrayType::get(builder_.getInt8Ty(), std::max<std::uint64_t>(1, size) * lanes_);
  }
  llvm::Type* t = element_type(op.result.element_type());
  return shape_of(op).is_varying() ? lanes_of(t) : t;
}

kernel_lowering::value kernel_lowering::slot_address(const ir::operation& op, unsigned part) {
  if (serial_) return serial_slots_.at(&op)[part];
  const bool single = kept_once(op);
  llvm::Type* t = slot_type(op);
  // Single values are small, and become registers.
  const auto fits_stack = [&] {
    const std::uint64_t bytes = llvm_function_->getParent()->getDataLayout().getTypeAllocSize(t);
    return single && (op.code != opcode::private_alloc || takes_stack(bytes, largest_array_on_stack));
  };
  const unsigned parts = op.code == opcode::private_alloc ? 1 : op.result.components;
  const unsigned alignment = op.code == opcode::private_alloc ? 64 : 0;
  auto& slots = slots_[op.id];
  if (slots.empty() && !single && !plan_.unroll_packs())
    remark(op, (op.symbol.empty() ? std::string("a value") : "'" + op.symbol + "'") +
                   " is kept in memory across a barrier, once for each pack of the group");
  if (slots.empty())
    for (unsigned i = 0; i < parts; ++i) {
      const char* name = op.code == opcode::private_alloc ? "private"
                         : op.code == opcode::variable    ? "variable"
                                                          : "kept";
      slots.push_back(fits_stack() ? static_cast<value>(allocate(t, name, alignment))
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
  if (const lead_variable* lead = lead_of(variable)) {
    v.parts.push_back(read_lead(*lead));
    return v;
  }
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
  if (const lead_variable* lead = lead_of(variable)) {
    if (llvm::cast<llvm::ConstantInt>(pack_now_.index)->isZero()) builder_.CreateStore(v.parts[0], lead->slot);
    return;
  }
  const ir::type element = variable.result.element_type();
  for (unsigned part = 0; part < variable.result.components; ++part) {
    const value address = slot_address(variable, part);
    value now = s.is_varying() ? vector_part(v, part, element) : v.parts[part];
    if (mask_ && pack_.blended[op.id])
      now = builder_.CreateSelect(mask_, now, builder_.CreateLoad(now->getType(), address));
    builder_.CreateStore(now, address);
  }
}

} // namespace dotcompute::cpu
