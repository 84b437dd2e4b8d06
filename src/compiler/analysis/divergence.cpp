// SPDX-License-Identifier: MIT
#include "compiler/analysis/divergence.hpp"

#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::analysis {

using ir::opcode;
using level = shape::category;

namespace {

level control_level(shape s) {
  if (s.is_varying() || s.is_affine()) return level::varying;
  return s.kind == level::assumed ? level::assumed : level::uniform;
}

/// One structured operation on the way from the function's body to the operation being visited.
struct frame {
  const ir::operation* op;
  const ir::region* region;                ///< the region of `op` that is being walked
  level pending_break = level::uniform;    ///< lanes have left for the end of `op` and wait there
  level pending_continue = level::uniform; ///< lanes have left for the step of this loop
  const ir::operation* cause = nullptr;
};

class walker {
 public:
  walker(const ir::function& f, const shape_domain& domain, bool group_level)
      : function_(f), domain_(domain), group_level_(group_level), scopes_(loop_scopes(f)) {
    const std::size_t n = f.operation_count();
    result_.shapes.resize(n);
    result_.control.resize(n, level::uniform);
    result_.blended.resize(n, false);
    result_.barriers.resize(n, level::uniform);
    result_.barrier_cause.resize(n, nullptr);
  }

  divergence run() {
    do {
      changed_ = false;
      walk(function_.body);
    } while (changed_);
    return std::move(result_);
  }

 private:
  void raise(level& slot, level to) {
    if (to > slot) {
      slot = to;
      changed_ = true;
    }
  }

  void walk(const ir::region& r) {
    for (const ir::operation* op : r.operations)
      visit(*op);
  }

  void walk_nested(const ir::operation& op, std::size_t i) {
    frames_.back().region = &op.body(i);
    walk(op.body(i));
  }

  void visit(const ir::operation& op) {
    switch (op.code) {
    case opcode::variable: return;
    case opcode::write: return write(op);
    case opcode::read: set(op, result_.shapes[op.operands[0]->id]); return;
    case opcode::if_else:
      raise(result_.control[op.id], control_level(result_.shapes[op.operands[0]->id]));
      frames_.push_back({&op, nullptr});
      walk_nested(op, 0);
      walk_nested(op, 1);
      frames_.pop_back();
      return;
    case opcode::block:
      frames_.push_back({&op, nullptr});
      walk_nested(op, 0);
      frames_.pop_back();
      return;
    case opcode::loop: return loop(op);
    case opcode::yield: return;
    case opcode::break_to:
    case opcode::continue_to:
    case opcode::return_from: return leave(op);
    case opcode::barrier: return barrier(op);
    default: break;
    }
    if (op.result.is_none()) return;
    operands_.clear();
    for (const ir::operation* operand : op.operands)
      operands_.push_back(result_.shapes[operand->id]);
    for (shape& s : operands_)
      if (s.kind == level::unset) s = shape::uniform();
    set(op, domain_.evaluate(op, operands_));
  }

  void set(const ir::operation& op, shape s) {
    if (result_.shapes[op.id] == s) return;
    result_.shapes[op.id] = s;
    changed_ = true;
  }

  void loop(const ir::operation& op) {
    frames_.push_back({&op, nullptr});
    const auto condition = [&] {
      walk_nested(op, 0);
      frames_.back().pending_continue = level::uniform;
      const ir::operation* yield = op.body(0).operations.back();
      const level l = control_level(result_.shapes[yield->operands[0]->id]);
      if (l > result_.control[op.id]) raise(result_.control[op.id], l);
    };
    if (!op.test_at_end) condition();
    walk_nested(op, 1);
    frames_.back().pending_continue = level::uniform; // they rejoin here
    walk_nested(op, 2);
    if (op.test_at_end) condition();
    frames_.pop_back();
  }

  /// An exit makes every construct divergent that some lanes leave by it while others stay, and holds those that left
  /// at the target until the others arrive.
  void leave(const ir::operation& op) {
    const bool returns = op.code == opcode::return_from;
    level l = level::uniform;
    const ir::operation* cause = &op;
    for (std::size_t i = frames_.size(); i-- > 0;) {
      frame& f = frames_[i];
      if (f.op->code == opcode::if_else) {
        if (result_.control[f.op->id] > l) {
          l = result_.control[f.op->id];
          cause = f.op;
        }
        continue;
      }
      l = std::max({l, f.pending_break, f.pending_continue});
      const bool is_target = f.op == op.target;
      const bool stays_inside = is_target && op.code == opcode::continue_to;
      if (!(returns && group_level_) && !stays_inside) raise(result_.control[f.op->id], l);
      if (stays_inside && l > level::uniform) {
        // The loop must know which lanes wait for the step.
        f.pending_continue = std::max(f.pending_continue, l);
        f.cause = cause;
        continue_masks(*f.op, l);
        return;
      }
      if (is_target) {
        f.pending_break = std::max(f.pending_break, l);
        f.cause = cause;
        return;
      }
      l = std::max(l, result_.control[f.op->id]);
    }
    if (returns && l > level::uniform && !result_.returns_diverge) {
      result_.returns_diverge = true;
      changed_ = true;
    }
  }

  void continue_masks(const ir::operation& loop, level l) {
    if (!group_level_) raise(result_.control[loop.id], l);
  }

  void barrier(const ir::operation& op) {
    level l = level::uniform;
    const ir::operation* cause = nullptr;
    for (const frame& f : frames_) {
      const level here = std::max({result_.control[f.op->id], f.pending_break, f.pending_continue});
      if (here > l) {
        l = here;
        cause = result_.control[f.op->id] >= here ? f.op : f.cause;
      }
    }
    result_.barriers[op.id] = l;
    result_.barrier_cause[op.id] = cause;
  }

  /// Lanes that are off at a write see the variable again if what keeps them off ends within the variable's life.
  level divergence_since(const ir::operation& variable) const {
    const ir::operation* scope = scopes_[variable.id];
    level l = level::uniform;
    for (std::size_t i = frames_.size(); i-- > 0;) {
      const frame& f = frames_[i];
      if (is_within(variable.parent, f.region)) break; // declared inside this construct: its life ends first
      if (f.op == scope) {
        l = std::max(l, f.pending_continue);
        break;
      }
      l = std::max({l, result_.control[f.op->id], f.pending_break, f.pending_continue});
    }
    return l;
  }

  void write(const ir::operation& op) {
    const ir::operation& variable = *op.operands[0];
    shape value = result_.shapes[op.operands[1]->id];
    if (value.kind == level::unset) value = shape::uniform();
    const level l = divergence_since(variable);
    if (l == level::varying) {
      value = shape::varying();
      if (!result_.blended[op.id]) {
        result_.blended[op.id] = true;
        changed_ = true;
      }
    } else if (l == level::assumed && value.kind == level::uniform) {
      value = shape::assumed();
    }
    set(variable, join(result_.shapes[variable.id], value));
  }

  const ir::function& function_;
  const shape_domain& domain_;
  const bool group_level_;
  std::vector<const ir::operation*> scopes_;
  std::vector<frame> frames_;
  std::vector<shape> operands_;
  divergence result_;
  bool changed_ = false;
};

} // namespace

divergence analyze_divergence(const ir::function& f, const shape_domain& domain, bool group_level) {
  return walker(f, domain, group_level).run();
}

} // namespace dotcompute::analysis
