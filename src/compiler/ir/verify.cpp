// SPDX-License-Identifier: MIT
// The rules that need an operation's surroundings: visibility of values, targets of exits, places of yields.
#include "compiler/ir/verify_types.hpp"

#include <unordered_set>

namespace dotcompute::ir {

namespace {

class verifier {
 public:
  verifier(const program& p, const function& f, std::vector<std::string>& messages)
      : program_(p), function_(f), messages_(messages) {}

  void run() {
    if (function_.is_kernel && !function_.result.is_none())
      messages_.push_back("kernel '" + function_.name + "' returns " + to_string(function_.result) + ", expected none");
    if (function_.body.parent) messages_.push_back("function '" + function_.name + "': the body has a parent");
    check(function_.body);
  }

 private:
  void report(const operation& op, const std::string& text) {
    messages_.push_back((function_.is_kernel ? "kernel '" : "function '") + function_.name + "', %" +
                        std::to_string(op.id) + " " + std::string(name(op.code)) + ": " + text);
  }

  /// A value is visible from its definition to the end of its region, nested regions included: entering a region keeps
  /// what is visible, leaving it takes back what it defined. A loop's condition, body and step are siblings.
  void check(const region& r) {
    for (const operation* op : r.operations) {
      check(*op, r);
      visible_.insert(op);
    }
    for (const operation* op : r.operations)
      visible_.erase(op);
  }

  void check(const operation& op, const region& r) {
    if (!seen_.insert(&op).second) return report(op, "stands in two places");
    if (op.parent != &r) report(op, "its parent is not the region it stands in");
    for (std::size_t i = 0; i < op.operands.size(); ++i) {
      const operation* operand = op.operands[i];
      if (!operand) return report(op, "operand " + std::to_string(i) + " is missing");
      if (!visible_.contains(operand))
        report(op, "operand " + std::to_string(i) + ", %" + std::to_string(operand->id) + " " +
                       std::string(name(operand->code)) + ", is not defined at this point");
    }
    if (std::string text = check_types(op, function_, program_); !text.empty()) report(op, text);
    check_place(op, r);
    for (const auto& nested : op.regions) {
      if (nested->parent != &op) report(op, "a region of it has another parent");
      check(*nested);
    }
    if (op.code == opcode::loop && op.regions.size() == 3) {
      const auto& condition = op.body(0).operations;
      if (condition.empty() || condition.back()->code != opcode::yield)
        report(op, "its condition region does not end in a yield");
    }
  }

  void check_place(const operation& op, const region& r) {
    switch (op.code) {
    case opcode::yield: {
      const operation* owner = r.parent;
      const bool in_condition = owner && owner->code == opcode::loop && owner->regions[0].get() == &r;
      if (!in_condition || r.operations.back() != &op) report(op, "is not the last operation of a loop's condition");
      break;
    }
    case opcode::break_to:
      if (!op.target || (op.target->code != opcode::loop && op.target->code != opcode::block))
        report(op, "its target is no loop or block");
      else if (!enclosing(op, r))
        report(op, "its target %" + std::to_string(op.target->id) + " does not enclose it");
      break;
    case opcode::continue_to: {
      if (!op.target || op.target->code != opcode::loop) return report(op, "its target is no loop");
      const region* from = enclosing(op, r);
      if (!from)
        report(op, "its target %" + std::to_string(op.target->id) + " does not enclose it");
      else if (op.target->regions.size() == 3 && from != op.target->regions[1].get())
        report(op, "does not stand in the body of its target %" + std::to_string(op.target->id));
      break;
    }
    default:
      if (op.target) report(op, "has a target");
    }
  }

  /// The region of op.target that holds `op`, or null.
  static const region* enclosing(const operation& op, const region& r) {
    for (const region* at = &r; at->parent; at = at->parent->parent) {
      if (at->parent == op.target) return at;
      if (!at->parent->parent) break;
    }
    return nullptr;
  }

  const program& program_;
  const function& function_;
  std::vector<std::string>& messages_;
  std::unordered_set<const operation*> visible_, seen_;
};

} // namespace

std::vector<std::string> verify(const program& p) {
  std::vector<std::string> messages;
  std::unordered_set<std::string_view> names;
  for (const auto& f : p.functions) {
    if (!names.insert(f->name).second) messages.push_back("function '" + f->name + "' is defined twice");
    verifier(p, *f, messages).run();
  }
  return messages;
}

} // namespace dotcompute::ir
