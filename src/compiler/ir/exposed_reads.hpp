// SPDX-License-Identifier: MIT
// Whether a variable's earlier value can matter to a piece of the program.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::ir {

/// Definite assignment, as Java defines it: whether some path through operations that follow one another in a region
/// reads the variable before writing it. Operations that do not touch the variable may be left out.
class exposed_reads {
 public:
  explicit exposed_reads(const operation* variable) : variable_(variable) {}

  bool in(const std::vector<operation*>& operations) {
    walk(operations, false);
    return exposed_;
  }

 private:
  /// Whether the variable is written for certain when control falls off the end; true if it never gets there.
  bool walk(const std::vector<operation*>& operations, bool written);

  const operation* variable_;
  std::unordered_map<const operation*, bool> written_at_exits_;
  bool exposed_ = false;
};

} // namespace dotcompute::ir
