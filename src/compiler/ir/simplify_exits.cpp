// SPDX-License-Identifier: MIT
#include "compiler/ir/simplify_steps.hpp"

#include <algorithm>

namespace dotcompute::ir {

namespace {

bool is_exit(const operation& op) {
  return op.code == opcode::break_to || op.code == opcode::continue_to || op.code == opcode::return_from;
}

bool contains(const region& r, opcode c) {
  return std::any_of(r.operations.begin(), r.operations.end(), [&](const operation* op) {
    return op->code == c || std::any_of(op->regions.begin(), op->regions.end(),
                                        [&](const auto& nested) { return contains(*nested, c); });
  });
}

/// Control never falls off the end of the region.
bool never_ends(const region& r) {
  return !r.operations.empty() && is_exit(*r.operations.back());
}

void move_tail(region& from, std::size_t first, region& to) {
  for (std::size_t i = first; i < from.operations.size(); ++i) {
    from.operations[i]->parent = &to;
    to.operations.push_back(from.operations[i]);
  }
  from.operations.resize(first);
}

/// `ends` names the exits that lead to where falling off the end of the region leads: leaving the innermost blocks
/// that end there, and going on with the loop whose body ends there.
class exit_simplifier {
 public:
  bool run(function& f, bool returns) {
    ends at_end;
    at_end.function = returns;
    walk(f.body, at_end);
    while (dissolve(f.body))
      changed_ = true;
    return changed_;
  }

 private:
  struct ends {
    std::vector<const operation*> blocks{};
    const operation* loop = nullptr;
    bool function = false; ///< the function ends there, too, and returns count
    bool redundant(const operation& exit) const {
      if (exit.code == opcode::continue_to) return exit.target == loop;
      if (exit.code == opcode::return_from) return function && exit.operands.empty();
      return exit.code == opcode::break_to && std::find(blocks.begin(), blocks.end(), exit.target) != blocks.end();
    }
  };

  void walk(region& r, const ends& at_end) {
    drop_unreachable(r);
    ++depth_;
    // Each pull nests what follows one deeper; a switch of thousands of cases must not exhaust the stack of whoever
    // walks the result.
    for (std::size_t i = 0; depth_ < deepest && i < r.operations.size(); ++i)
      if (r.operations[i]->code == opcode::if_else) pull_tail_in(r, i, at_end);
    if (!r.operations.empty() && is_exit(*r.operations.back()) && at_end.redundant(*r.operations.back())) {
      r.operations.pop_back();
      changed_ = true;
    }
    for (operation* op : r.operations) {
      const bool last = op == r.operations.back();
      switch (op->code) {
      case opcode::if_else:
        for (const auto& nested : op->regions)
          walk(*nested, last ? at_end : ends{});
        break;
      case opcode::block: {
        ends inner = last ? at_end : ends{};
        inner.blocks.push_back(op);
        walk(op->body(), inner);
        break;
      }
      case opcode::loop:
        for (const auto& nested : op->regions)
          walk(*nested, nested == op->regions[1] ? ends{{}, op, false} : ends{});
        break;
      default: break;
      }
    }
    --depth_;
  }

  /// Nothing after an exit, or after an `if` that leaves on both sides, is reached. A condition keeps its yield.
  void drop_unreachable(region& r) {
    for (std::size_t i = 0; i + 1 < r.operations.size(); ++i) {
      const operation& op = *r.operations[i];
      const bool leaves =
          is_exit(op) || (op.code == opcode::if_else && never_ends(op.body(0)) && never_ends(op.body(1)));
      if (!leaves || r.operations.back()->code == opcode::yield) continue;
      r.operations.resize(i + 1);
      changed_ = true;
    }
  }

  /// Where one side of the `if` at `i` leaves to the end of `r`, the rest of `r` belongs to the other side. Barriers
  /// stay where they are: moving one under a condition would make its group-uniformity harder to see.
  void pull_tail_in(region& r, std::size_t i, const ends& at_end) {
    operation& branch = *r.operations[i];
    const auto leaves = [&](const region& side) {
      return !side.operations.empty() && is_exit(*side.operations.back()) && at_end.redundant(*side.operations.back());
    };
    const bool first = leaves(branch.body(0)), second = leaves(branch.body(1));
    if (first == second || i + 1 == r.operations.size()) return;
    region& other = branch.body(first ? 1 : 0);
    if (never_ends(other)) return;
    for (std::size_t k = i + 1; k < r.operations.size(); ++k) {
      const operation& op = *r.operations[k];
      if (op.code == opcode::barrier || op.code == opcode::local_alloc) return;
      for (const auto& nested : op.regions)
        if (contains(*nested, opcode::barrier)) return;
    }
    move_tail(r, i + 1, other);
    changed_ = true;
  }

  /// Splices blocks that no exit leaves into their region. Everything in a block is reached exactly once each time the
  /// block is, so the operations mean the same one level up. Returns whether any was found.
  static bool dissolve(region& r) {
    bool changed = false;
    for (std::size_t i = 0; i < r.operations.size(); ++i) {
      operation& op = *r.operations[i];
      for (const auto& nested : op.regions)
        changed |= dissolve(*nested);
      if (op.code != opcode::block || left_by_exit(op.body(), op)) continue;
      std::vector<operation*> inner = std::move(op.body().operations);
      op.body().operations.clear();
      for (operation* moved : inner)
        moved->parent = &r;
      const auto at = r.operations.erase(r.operations.begin() + static_cast<std::ptrdiff_t>(i));
      r.operations.insert(at, inner.begin(), inner.end());
      i += inner.size();
      --i;
      changed = true;
    }
    return changed;
  }

  static bool left_by_exit(const region& r, const operation& block) {
    return std::any_of(r.operations.begin(), r.operations.end(), [&](const operation* op) {
      return op->target == &block || std::any_of(op->regions.begin(), op->regions.end(),
                                                 [&](const auto& nested) { return left_by_exit(*nested, block); });
    });
  }

  static constexpr unsigned deepest = 128;
  unsigned depth_ = 0;
  bool changed_ = false;
};

} // namespace

bool simplify_exits(function& f) {
  return exit_simplifier().run(f, false);
}

bool simplify_returns(function& f) {
  return exit_simplifier().run(f, true);
}

} // namespace dotcompute::ir
