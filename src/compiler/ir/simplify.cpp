// SPDX-License-Identifier: MIT
#include "compiler/ir/passes.hpp"
#include "compiler/ir/simplify_steps.hpp"

namespace dotcompute::ir {

void simplify(program& p) {
  // Each step opens chances for the others: a dissolved block makes code straight, a forwarded value makes writes dead.
  // Few rounds reach the end of it; the bound keeps odd programs cheap, and stopping early is always correct.
  constexpr int most_rounds = 8;
  for (const auto& f : p.functions)
    for (int round = 0; round < most_rounds; ++round) {
      bool changed = simplify_exits(*f);
      changed |= split_variables(*f);
      changed |= sink_variables(*f);
      changed |= forward_values(*f);
      changed |= narrow_arithmetic(*f);
      changed |= remove_unused(*f);
      if (!changed) break;
    }
}

} // namespace dotcompute::ir
