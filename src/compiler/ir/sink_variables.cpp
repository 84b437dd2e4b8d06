// SPDX-License-Identifier: MIT
#include "compiler/ir/exposed_reads.hpp"
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
    if ((*next)->parent->code == opcode::loop && exposed_reads(variable).in((*next)->operations)) break;
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
