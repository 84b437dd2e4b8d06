// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/item_values.hpp"

namespace dotcompute::cuda {

using ir::opcode;

bool is_id_along_x(const ir::operation& op) {
  return op.code == opcode::work_item && op.index == 0 &&
         (op.query == ir::work_item_query::global_id || op.query == ir::work_item_query::group_id);
}

item_values::item_values(const ir::function& f) : differ_(f.operation_count()), hang_on_memory_(f.operation_count()) {
  // Marks are only ever set, so this ends.
  do {
    changed_ = false;
    visit(f.body, {});
  } while (changed_);
}

void item_values::mark(const ir::operation& op, kind k) {
  changed_ |= (k.differs && !differ_[op.id]) || (k.hangs_on_memory && !hang_on_memory_[op.id]);
  differ_[op.id] = differ_[op.id] || k.differs;
  hang_on_memory_[op.id] = hang_on_memory_[op.id] || k.hangs_on_memory;
}

void item_values::visit(const ir::region& r, kind condition) {
  for (const ir::operation* op : r.operations) {
    kind k{is_id_along_x(*op), false};
    for (const ir::operation* operand : op->operands) {
      k.differs |= differ_[operand->id];
      k.hangs_on_memory |= hang_on_memory_[operand->id];
    }
    k.hangs_on_memory |= op->code == opcode::load;
    mark(*op, k);
    if (op->code == opcode::write)
      mark(*op->operands[0], {k.differs || condition.differs, k.hangs_on_memory || condition.hangs_on_memory});
    for (const auto& nested : op->regions)
      visit(*nested, {condition.differs || k.differs, condition.hangs_on_memory || k.hangs_on_memory});
  }
}

} // namespace dotcompute::cuda
