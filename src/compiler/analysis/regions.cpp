// SPDX-License-Identifier: MIT
#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::analysis {

void for_each(const ir::region& r, const std::function<void(ir::operation&)>& visit) {
  for (ir::operation* op : r.operations) {
    visit(*op);
    for (const auto& nested : op->regions)
      for_each(*nested, visit);
  }
}

bool is_within(const ir::region* r, const ir::region* outer) {
  for (; r; r = r->parent ? r->parent->parent : nullptr)
    if (r == outer) return true;
  return false;
}

bool contains(const ir::operation& op, ir::opcode code) {
  if (op.code == code) return true;
  bool found = false;
  for (const auto& nested : op.regions)
    for_each(*nested, [&](ir::operation& inner) { found |= inner.code == code; });
  return found;
}

namespace {

/// The operation of `home` that holds `op`, or `op` itself when it stands directly in `home`.
const ir::operation* child_of(const ir::operation* op, const ir::region* home) {
  while (op && op->parent != home)
    op = op->parent ? op->parent->parent : nullptr;
  return op;
}

} // namespace

const ir::operation* increment_of(const ir::operation& write) {
  const ir::operation& sum = *write.operands[1];
  if (sum.code != ir::opcode::add) return nullptr;
  for (unsigned i = 0; i < 2; ++i) {
    const ir::operation& read = *sum.operands[i];
    if (read.code == ir::opcode::read && read.operands[0] == write.operands[0]) return sum.operands[1 - i];
  }
  return nullptr;
}

std::vector<const ir::operation*> loop_scopes(const ir::function& f) {
  std::vector<std::vector<const ir::operation*>> accesses(f.operation_count());
  std::vector<const ir::operation*> variables;
  for_each(f.body, [&](ir::operation& op) {
    if (op.code == ir::opcode::variable) variables.push_back(&op);
    if (op.code == ir::opcode::read || op.code == ir::opcode::write) accesses[op.operands[0]->id].push_back(&op);
  });

  std::vector<const ir::operation*> scopes(f.operation_count(), nullptr);
  for (const ir::operation* variable : variables) {
    const ir::region* home = variable->parent;
    const ir::operation* loop = nullptr;
    bool only = true;
    // Accesses are in program order: direct writes first, then one loop, then nothing.
    for (const ir::operation* access : accesses[variable->id]) {
      const ir::operation* child = child_of(access, home);
      if (!child) {
        only = false;
      } else if (child == access) {
        only &= !loop && access->code == ir::opcode::write;
      } else {
        only &= child->code == ir::opcode::loop && (!loop || loop == child);
        loop = child;
      }
    }
    if (only) scopes[variable->id] = loop;
  }
  return scopes;
}

} // namespace dotcompute::analysis
