// SPDX-License-Identifier: MIT
#include "compiler/ir/simplify_steps.hpp"

#include <unordered_set>
#include <utility>

namespace dotcompute::ir {

namespace {

/// Walks the function in the order of the text and keeps, for each variable, a value it is known to hold.
///
/// Why it is right: an operation of a region is reached only through all operations before it in that region. What is
/// known when a nested region is entered holds in it too, if the region is not repeated; in a loop only what the loop
/// never writes holds. After a structured operation, only what it never writes is still known. A known value was
/// defined in this region before this point or in an enclosing one, so it is visible wherever it is put in.
class forwarder {
 public:
  bool run(function& f) {
    walk(f.body);
    return changed_;
  }

 private:
  void walk(region& r) {
    const std::size_t mark = undo_.size();
    for (operation* op : r.operations) {
      for (operation*& operand : op->operands)
        for (auto found = replaced_.find(operand); found != replaced_.end(); found = replaced_.find(operand)) {
          operand = found->second;
          changed_ = true;
        }
      switch (op->code) {
      case opcode::variable: set(op, nullptr); break;
      case opcode::write: set(op->operands[0], op->operands[1]); break;
      case opcode::read: {
        const auto found = known_.find(op->operands[0]);
        if (found != known_.end() && found->second)
          replaced_.emplace(op, found->second);
        else
          set(op->operands[0], op);
        break;
      }
      default: structured(*op);
      }
    }
    // What this region made known ends with it: the values may not be visible further out.
    while (undo_.size() > mark) {
      known_[undo_.back().first] = undo_.back().second;
      undo_.pop_back();
    }
  }

  void structured(operation& op) {
    if (op.regions.empty()) return;
    std::unordered_set<const operation*> written;
    for (const auto& nested : op.regions)
      collect_writes(*nested, written);
    if (op.code == opcode::loop)
      for (const operation* variable : written)
        set(variable, nullptr);
    for (const auto& nested : op.regions)
      walk(*nested);
    for (const operation* variable : written)
      set(variable, nullptr);
  }

  static void collect_writes(const region& r, std::unordered_set<const operation*>& written) {
    for (const operation* op : r.operations) {
      if (op->code == opcode::write) written.insert(op->operands[0]);
      for (const auto& nested : op->regions)
        collect_writes(*nested, written);
    }
  }

  void set(const operation* variable, operation* value) {
    operation*& known = known_[variable];
    if (known == value) return;
    undo_.emplace_back(variable, std::exchange(known, value));
  }

  std::unordered_map<const operation*, operation*> known_, replaced_;
  std::vector<std::pair<const operation*, operation*>> undo_;
  bool changed_ = false;
};

} // namespace

bool forward_values(function& f) {
  return forwarder().run(f);
}

} // namespace dotcompute::ir
