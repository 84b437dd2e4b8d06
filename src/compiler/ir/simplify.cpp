// SPDX-License-Identifier: MIT
#include "compiler/ir/passes.hpp"

#include <unordered_set>

namespace dotcompute::ir {

namespace {

/// Every use of an operation as operand or target, counted.
void count_uses(const region& r, std::unordered_map<const operation*, std::size_t>& uses) {
  for (const operation* op : r.operations) {
    for (const operation* operand : op->operands)
      ++uses[operand];
    for (const auto& nested : op->regions)
      count_uses(*nested, uses);
  }
}

/// Removes pure operations and loads' addresses that nobody reads. A variable that is only written is dead with its
/// writes. Returns whether anything went.
bool remove_unused(function& f) {
  std::unordered_map<const operation*, std::size_t> uses, reads;
  count_uses(f.body, uses);
  const auto walk = [&](auto& self, region& r, auto&& visit) -> void {
    for (auto i = r.operations.rbegin(); i != r.operations.rend(); ++i) {
      for (const auto& nested : (*i)->regions)
        self(self, *nested, visit);
      visit(**i);
    }
  };
  walk(walk, f.body, [&](operation& op) {
    if (op.code == opcode::read) ++reads[op.operands[0]];
  });
  std::unordered_set<const operation*> dead;
  // Backwards, so that operands of a dead operation are counted down before they are looked at.
  walk(walk, f.body, [&](operation& op) {
    const bool unused = uses[&op] == 0;
    const bool dead_value = unused && is_pure(op.code) && !op.result.is_none();
    const bool dead_write = op.code == opcode::write && reads[op.operands[0]] == 0;
    const bool dead_slot = unused && (op.code == opcode::variable || op.code == opcode::private_alloc);
    if (!dead_value && !dead_write && !dead_slot) return;
    dead.insert(&op);
    for (const operation* operand : op.operands)
      --uses[operand];
    if (op.code == opcode::read) --reads[op.operands[0]];
  });
  if (dead.empty()) return false;
  const auto sweep = [&](auto& self, region& r) -> void {
    std::erase_if(r.operations, [&](const operation* op) { return dead.contains(op); });
    for (operation* op : r.operations)
      for (const auto& nested : op->regions)
        self(self, *nested);
  };
  sweep(sweep, f.body);
  return true;
}

} // namespace

void simplify(program& p) {
  for (const auto& f : p.functions)
    while (remove_unused(*f)) {
    }
}

} // namespace dotcompute::ir
