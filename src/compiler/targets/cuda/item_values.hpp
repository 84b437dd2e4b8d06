// SPDX-License-Identifier: MIT
// Which values differ between work-items that have the same place in work-groups side by side along x.
#pragma once

#include "compiler/ir/operation.hpp"

#include <vector>

namespace dotcompute::cuda {

/// A fixpoint over the function. Everything else is the same for these work-items: their ids in the other dimensions,
/// local ids, sizes, arguments.
class item_values {
 public:
  explicit item_values(const ir::function& f);

  /// `op`'s value; for a variable, whether any value that it takes does.
  bool differ(const ir::operation& op) const { return differ_[op.id]; }
  /// Whether it hangs on what memory holds.
  bool hang_on_memory(const ir::operation& op) const { return hang_on_memory_[op.id]; }

 private:
  struct kind {
    bool differs = false, hangs_on_memory = false;
  };
  void visit(const ir::region& r, kind condition);
  void mark(const ir::operation& op, kind k);

  std::vector<bool> differ_, hang_on_memory_;
  bool changed_ = false;
};

/// Whether `op` asks for an id that neighbouring work-groups do not share.
bool is_id_along_x(const ir::operation& op);

} // namespace dotcompute::cuda
