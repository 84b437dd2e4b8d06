// SPDX-License-Identifier: MIT
// Where the lanes of a pack (or the work-items of a group) may take different ways, and what that does to values.
#pragma once

#include "compiler/analysis/shapes.hpp"

#include <string>

namespace dotcompute::analysis {

/// All vectors are indexed by operation id.
struct divergence {
  /// Of each value; of a `variable`, the join of what is written.
  std::vector<shape> shapes;
  /// if_else: the condition's shape. loop, block: `varying` when lanes may leave at different times, so that the
  /// construct keeps a mask of those still inside; else `uniform` or `assumed`.
  std::vector<shape::category> control;
  /// write: must keep the old value in lanes that are off, since they may look at the variable again.
  std::vector<bool> blended;
  /// Some work-items may return before others of their pack (group).
  bool returns_diverge = false;
  /// barrier: how uniform the control flow around it is.
  std::vector<shape::category> barriers;
  /// The nearest operation that makes a barrier's control flow less than uniform, for the message; null otherwise.
  std::vector<const ir::operation*> barrier_cause;

  shape of(const ir::operation& op) const { return shapes[op.id]; }
  bool diverges(const ir::operation& op) const { return control[op.id] == shape::category::varying; }
};

/// Optimistic fixpoint over the structured program. `group_level` asks the barrier questions: there a work-item that
/// has returned counts as arrived, so returns do not make the constructs around them divergent.
divergence analyze_divergence(const ir::function& f, const shape_domain& domain, bool group_level);

} // namespace dotcompute::analysis
