// SPDX-License-Identifier: MIT
#include "compiler/ir/simplify_steps.hpp"

#include <algorithm>

namespace dotcompute::ir {

namespace {

region* outer(const region* r) {
  return r->parent ? r->parent->parent : nullptr;
}

std::size_t depth(const region* r) {
  std::size_t n = 0;
  for (; (r = outer(r)); ++n) {
  }
  return n;
}

region* common(region* a, region* b) {
  std::size_t deep_a = depth(a), deep_b = depth(b);
  for (; deep_a > deep_b; --deep_a)
    a = outer(a);
  for (; deep_b > deep_a; --deep_b)
    b = outer(b);
  while (a != b) {
    a = outer(a);
    b = outer(b);
  }
  return a;
}

/// Definite assignment, as Java defines it: whether some path through a region reads the variable before writing it.
class exposed_reads {
 public:
  explicit exposed_reads(const operation* variable) : variable_(variable) {}

  bool in(const region& r) {
    walk(r, false);
    return exposed_;
  }

 private:
  /// Whether the variable is written for certain when control falls off the end; true if it never gets there.
  bool walk(const region& r, bool written) {
    for (const operation* op : r.operations) {
      switch (op->code) {
      case opcode::read: exposed_ |= op->operands[0] == variable_ && !written; break;
      case opcode::write: written |= op->operands[0] == variable_; break;
      case opcode::break_to: {
        // Unwritten at one exit is unwritten after the block; exits out of the region examined end the examination.
        const auto at = written_at_exits_.find(op->target);
        if (at != written_at_exits_.end()) at->second = at->second && written;
        return true;
      }
      case opcode::continue_to:
      case opcode::return_from: return true;
      case opcode::if_else: {
        const bool then_written = walk(op->body(0), written);
        const bool else_written = walk(op->body(1), written);
        written = then_written && else_written;
        break;
      }
      case opcode::block:
        written_at_exits_[op] = true;
        written = walk(op->body(), written);
        written = written && written_at_exits_[op];
        break;
      case opcode::loop: {
        // A body or step may follow a condition that wrote, but the condition of a do-while follows `continue` too;
        // what was written before the loop, or by a condition tested first, is all that is relied on.
        const bool condition_written = walk(op->body(0), written);
        const bool inside = op->test_at_end ? written : condition_written;
        walk(op->body(1), inside);
        walk(op->body(2), inside);
        break;
      }
      default: break;
      }
    }
    return written;
  }

  const operation* variable_;
  std::unordered_map<const operation*, bool> written_at_exits_;
  bool exposed_ = false;
};

/// The region that is to declare `variable`, at or above `home`, the innermost one that holds all accesses.
/// The variable is undefined at the start of each execution of the region that declares it. Entering an `if` or a block
/// happens once for that, so going down into one changes nothing. A loop's regions start several times, so going down
/// loses what an earlier iteration wrote; allowed where no read can see it.
region* destination(const operation* variable, region* home) {
  std::vector<region*> path; // innermost first
  for (region* r = home; r != variable->parent; r = outer(r))
    path.push_back(r);
  region* at = variable->parent;
  for (auto next = path.rbegin(); next != path.rend(); ++next) {
    if ((*next)->parent->code == opcode::loop && exposed_reads(variable).in(**next)) break;
    at = *next;
  }
  return at;
}

void collect(region& r, std::unordered_map<operation*, region*>& homes, std::vector<operation*>& order) {
  for (operation* op : r.operations) {
    if (op->code == opcode::variable) order.push_back(op);
    if (op->code == opcode::read || op->code == opcode::write) {
      region*& home = homes[op->operands[0]];
      home = home ? common(home, &r) : &r;
    }
    for (const auto& nested : op->regions)
      collect(*nested, homes, order);
  }
}

} // namespace

bool sink_variables(function& f) {
  std::unordered_map<operation*, region*> homes;
  std::vector<operation*> order;
  collect(f.body, homes, order);
  bool changed = false;
  for (operation* variable : order) {
    const auto home = homes.find(variable);
    if (home == homes.end()) continue;
    region* to = destination(variable, home->second);
    if (to == variable->parent) continue;
    std::erase(variable->parent->operations, variable);
    to->operations.insert(to->operations.begin(), variable);
    variable->parent = to;
    changed = true;
  }
  return changed;
}

} // namespace dotcompute::ir
