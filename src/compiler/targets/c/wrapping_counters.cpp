// SPDX-License-Identifier: MIT
#include "compiler/targets/c/wrapping_counters.hpp"

#include "compiler/analysis/regions.hpp"

#include <bit>
#include <map>
#include <vector>

namespace dotcompute::c_text {

using ir::opcode;

namespace {

std::uint64_t largest(const ir::type& t) {
  return ~std::uint64_t{0} >> (64 - ir::bit_width(t.element));
}

bool reads(const ir::operation& op, const ir::operation& variable) {
  return op.code == opcode::read && op.operands[0] == &variable;
}

/// What a write adds to its variable, modulo the width; 0 when that is not a constant.
std::uint64_t step_of(const ir::operation& write) {
  const ir::operation &variable = *write.operands[0], &sum = *write.operands[1];
  if (!variable.result.is_scalar() || !variable.result.is_integer()) return 0;
  const std::uint64_t mask = largest(variable.result);
  if (const ir::operation* increment = analysis::increment_of(write))
    return increment->code == opcode::constant ? increment->bits & mask : 0;
  const bool goes_down =
      sum.code == opcode::sub && reads(*sum.operands[0], variable) && sum.operands[1]->code == opcode::constant;
  return goes_down ? (~sum.operands[1]->bits + 1) & mask : 0;
}

/// Whether a counter that goes on while `comparison` holds stays clear of the ends of its range.
bool is_bounded(const ir::operation& comparison, bool counter_is_left, std::uint64_t step) {
  const ir::operation& limit = *comparison.operands[counter_is_left ? 1 : 0];
  if (limit.code != opcode::constant) return false;
  const std::uint64_t end = largest(limit.result), at = limit.bits & end;
  const bool or_equal = comparison.code == opcode::icmp_ule;
  if (counter_is_left) {
    if (at == 0 && !or_equal) return true;
    return (or_equal ? at : at - 1) <= end - step;
  }
  const std::uint64_t down = (~step + 1) & end;
  if (at == end && !or_equal) return true;
  return (or_equal ? at : at + 1) >= down;
}

} // namespace

bool may_wrap_around(const ir::operation& loop) {
  std::map<const ir::operation*, std::vector<std::uint64_t>> steps;
  std::vector<const ir::operation*> comparisons;
  for (const auto& r : loop.regions)
    analysis::for_each(*r, [&](ir::operation& op) {
      if (op.code == opcode::write) {
        const std::uint64_t step = step_of(op);
        const std::uint64_t back = (~step + 1) & largest(op.operands[0]->result);
        if (step != 0 && !std::has_single_bit(step) && !std::has_single_bit(back))
          steps[op.operands[0]].push_back(step);
      } else if (op.code == opcode::icmp_ult || op.code == opcode::icmp_ule) {
        comparisons.push_back(&op);
      }
    });
  for (const auto& [variable, all] : steps)
    for (const ir::operation* c : comparisons)
      for (const bool left : {true, false})
        for (const std::uint64_t step : all)
          if (reads(*c->operands[left ? 0 : 1], *variable) && !is_bounded(*c, left, step)) return true;
  return false;
}

} // namespace dotcompute::c_text
