// SPDX-License-Identifier: MIT
// C programs use one variable for several purposes: `i` counts a loop with barriers and later, under a condition that
// differs between work-items, something else. What is found out about a variable holds for all of its values, so each
// purpose gets a variable of its own.
#include "compiler/ir/exposed_reads.hpp"
#include "compiler/ir/simplify_steps.hpp"

#include <algorithm>

namespace dotcompute::ir {

namespace {

void rename(operation& op, const operation* from, operation* to) {
  if ((op.code == opcode::read || op.code == opcode::write) && op.operands[0] == from) op.operands[0] = to;
  for (const auto& nested : op.regions)
    for (operation* inner : nested->operations)
      rename(*inner, from, to);
}

class splitter {
 public:
  explicit splitter(function& f) : function_(f) {}

  bool run() {
    collect(function_.body);
    bool changed = false;
    for (operation* variable : order_)
      changed |= split(*variable, accesses_[variable]);
    return changed;
  }

 private:
  /// For each variable, the operations of its own region that access it or hold an access, in order.
  void collect(const region& r) {
    for (operation* op : r.operations) {
      if (op->code == opcode::variable) order_.push_back(op);
      if (op->code == opcode::read || op->code == opcode::write) {
        operation* holder = op;
        while (holder->parent != op->operands[0]->parent)
          holder = holder->parent->parent;
        auto& all = accesses_[op->operands[0]];
        if (all.empty() || all.back() != holder) all.push_back(holder);
      }
      for (const auto& nested : op->regions)
        collect(*nested);
    }
  }

  /// The operations of the variable's region run once, in order, each time the variable is declared. If nothing from
  /// some point on can read what was written before it, the rest may as well use a variable declared there. Taken from
  /// the end, each piece is judged without those behind it, which have other variables by then.
  bool split(operation& variable, std::vector<operation*>& holders) {
    bool changed = false;
    for (std::size_t first = holders.size(); first-- > 1;) {
      const std::vector<operation*> rest(holders.begin() + static_cast<std::ptrdiff_t>(first), holders.end());
      if (exposed_reads(&variable).in(rest)) continue;
      operation* own = function_.create(opcode::variable, variable.result);
      own->symbol = variable.symbol;
      own->location = variable.location;
      own->parent = variable.parent;
      auto& operations = variable.parent->operations;
      operations.insert(std::find(operations.begin(), operations.end(), rest.front()), own);
      for (operation* op : rest)
        rename(*op, &variable, own);
      holders.resize(first);
      changed = true;
    }
    return (!holders.empty() && split_sides(variable, *holders.back())) || changed;
  }

  /// What the last holder leaves in the variable nobody reads, since those behind it have other variables. So each side
  /// of a condition that begins by writing may use one of its own.
  bool split_sides(operation& variable, const operation& last) {
    if (last.code != opcode::if_else && last.code != opcode::block) return false;
    bool changed = false;
    for (const auto& side : last.regions) {
      if (side->operations.empty() || !touches(*side, variable) || exposed_reads(&variable).in(side->operations))
        continue;
      operation* own = function_.create(opcode::variable, variable.result);
      own->symbol = variable.symbol;
      own->location = variable.location;
      own->parent = side.get();
      for (operation* op : side->operations)
        rename(*op, &variable, own);
      side->operations.insert(side->operations.begin(), own);
      changed = true;
    }
    return changed;
  }

  static bool touches(const region& r, const operation& variable) {
    return std::any_of(r.operations.begin(), r.operations.end(), [&](const operation* op) {
      return ((op->code == opcode::read || op->code == opcode::write) && op->operands[0] == &variable) ||
             std::any_of(op->regions.begin(), op->regions.end(),
                         [&](const auto& nested) { return touches(*nested, variable); });
    });
  }

  function& function_;
  std::vector<operation*> order_;
  std::unordered_map<const operation*, std::vector<operation*>> accesses_;
};

} // namespace

bool split_variables(function& f) {
  return splitter(f).run();
}

} // namespace dotcompute::ir
