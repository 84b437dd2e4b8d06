// SPDX-License-Identifier: MIT
// `(int)(i + get_global_size(0))` is written with 32-bit types and computed, as C demands, in 64 bits. The low bits of
// a sum, difference, product or bitwise operation depend only on the low bits of its operands, so the truncation can
// move to the operands, where it usually meets the extension that C put in. What is left is arithmetic in the type that
// the source is about, in which a work-item's index is seen to move by one from lane to lane.
#include "compiler/ir/simplify_steps.hpp"

#include <algorithm>

namespace dotcompute::ir {

namespace {

bool keeps_low_bits(opcode c) {
  switch (c) {
  case opcode::add:
  case opcode::sub:
  case opcode::mul:
  case opcode::bit_and:
  case opcode::bit_or:
  case opcode::bit_xor: return true;
  default: return false;
  }
}

class narrowing {
 public:
  explicit narrowing(function& f) : function_(f) {}

  bool run() {
    walk(function_.body);
    return changed_;
  }

 private:
  void walk(region& r) {
    for (std::size_t i = 0; i < r.operations.size(); ++i) {
      operation& op = *r.operations[i];
      for (const auto& nested : op.regions)
        walk(*nested);
      if (op.code != opcode::int_truncate || !keeps_low_bits(op.operands[0]->code)) continue;
      const operation& wide = *op.operands[0];
      operation* low[2];
      std::size_t added = 0;
      for (unsigned k = 0; k < 2; ++k)
        low[k] = truncated(*wide.operands[k], op, r, i, added);
      i += added;
      op.code = wide.code;
      op.operands.assign(low, low + 2);
      op.no_signed_wrap = false; // the wide operation's promise says nothing of the narrow one
      changed_ = true;
    }
  }

  operation* truncated(operation& v, const operation& at, region& r, std::size_t position, std::size_t& added) {
    const type to = at.result;
    if ((v.code == opcode::zero_extend || v.code == opcode::sign_extend) && v.operands[0]->result == to)
      return v.operands[0];
    operation* op = function_.create(v.code == opcode::constant ? opcode::constant : opcode::int_truncate, to);
    op->location = at.location;
    op->parent = &r;
    if (v.code == opcode::constant)
      op->bits = v.bits & ((std::uint64_t{1} << bit_width(to.element)) - 1);
    else
      op->operands.push_back(&v);
    r.operations.insert(r.operations.begin() + static_cast<std::ptrdiff_t>(position + added), op);
    ++added;
    return op;
  }

  function& function_;
  bool changed_ = false;
};

} // namespace

bool narrow_arithmetic(function& f) {
  return narrowing(f).run();
}

} // namespace dotcompute::ir
