// SPDX-License-Identifier: MIT
#include "compiler/ir/exposed_reads.hpp"

namespace dotcompute::ir {

bool exposed_reads::walk(const std::vector<operation*>& operations, bool written) {
  for (const operation* op : operations) {
    switch (op->code) {
    case opcode::read: exposed_ |= op->operands[0] == variable_ && !written; break;
    case opcode::write: written |= op->operands[0] == variable_; break;
    case opcode::break_to: {
      // Unwritten at one exit is unwritten after the block; exits out of what is examined end the examination.
      const auto at = written_at_exits_.find(op->target);
      if (at != written_at_exits_.end()) at->second = at->second && written;
      return true;
    }
    case opcode::continue_to:
    case opcode::return_from: return true;
    case opcode::if_else: {
      const bool then_written = walk(op->body(0).operations, written);
      const bool else_written = walk(op->body(1).operations, written);
      written = then_written && else_written;
      break;
    }
    case opcode::block:
      written_at_exits_[op] = true;
      written = walk(op->body().operations, written);
      written = written && written_at_exits_[op];
      break;
    case opcode::loop: {
      // A body or step may follow a condition that wrote, but the condition of a do-while follows `continue` too; what
      // was written before the loop, or by a condition tested first, is all that is relied on.
      const bool condition_written = walk(op->body(0).operations, written);
      const bool inside = op->test_at_end ? written : condition_written;
      walk(op->body(1).operations, inside);
      walk(op->body(2).operations, inside);
      break;
    }
    default: break;
    }
  }
  return written;
}

} // namespace dotcompute::ir
