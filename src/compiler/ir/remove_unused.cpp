// SPDX-License-Identifier: MIT
#include "compiler/ir/simplify_steps.hpp"

#include <unordered_set>

namespace dotcompute::ir {

namespace {

/// Keeps what has an effect and what that needs, and removes the rest. A write counts once its variable is read by
/// something that is kept, so a counter that only feeds itself goes. Loops are kept: whether they end is not known.
class liveness {
 public:
  explicit liveness(function& f) : function_(f) {}

  bool run() {
    collect(function_.body);
    while (!pending_.empty()) {
      const operation* op = pending_.back();
      pending_.pop_back();
      for (const operation* operand : op->operands)
        keep(operand);
      if (op->parent->parent) keep(op->parent->parent);
      if (op->code == opcode::variable)
        for (const operation* write : writes_[op])
          keep(write);
    }
    sweep(function_.body);
    return removed_ != 0;
  }

 private:
  static bool has_effect(const operation& op) {
    switch (op.code) {
    case opcode::variable:
    case opcode::write:
    case opcode::private_alloc:
    case opcode::sdiv: // division by zero gives any value, so nobody can tell that it did not happen
    case opcode::udiv:
    case opcode::srem:
    case opcode::urem:
    case opcode::if_else:
    case opcode::block: return false;
    case opcode::load: return op.is_volatile;
    case opcode::prefetch: return true;
    default: return !is_pure(op.code);
    }
  }

  void collect(const region& r) {
    for (const operation* op : r.operations) {
      if (op->code == opcode::write) writes_[op->operands[0]].push_back(op);
      if (has_effect(*op)) keep(op);
      for (const auto& nested : op->regions)
        collect(*nested);
    }
  }

  void keep(const operation* op) {
    if (kept_.insert(op).second) pending_.push_back(op);
  }

  void sweep(region& r) {
    removed_ += std::erase_if(r.operations, [&](const operation* op) { return !kept_.contains(op); });
    for (operation* op : r.operations)
      for (const auto& nested : op->regions)
        sweep(*nested);
  }

  function& function_;
  std::unordered_map<const operation*, std::vector<const operation*>> writes_;
  std::unordered_set<const operation*> kept_;
  std::vector<const operation*> pending_;
  std::size_t removed_ = 0;
};

} // namespace

bool remove_unused(function& f) {
  return liveness(f).run();
}

} // namespace dotcompute::ir
