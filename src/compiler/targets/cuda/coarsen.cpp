// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/coarsen.hpp"

#include "compiler/analysis/regions.hpp"
#include "compiler/ir/builder.hpp"
#include "compiler/ir/simplify_steps.hpp"
#include "compiler/targets/cuda/item_values.hpp"

#include <algorithm>

namespace dotcompute::cuda {

using ir::opcode;

namespace {

/// Operations of the result; more of them would not stay in a multiprocessor's instruction cache (128 KiB of 16-byte
/// instructions on an H100, shared with what else runs) and would take long to compile.
constexpr std::size_t most_operations = 1500;

class coarsener {
 public:
  coarsener(const ir::function& from, ir::function& to, unsigned items)
      : values_(from), to_(to), build_(to), copies_(items) {}

  /// Appends `source` for all items: what they share once, the rest item by item within each operation.
  void interleave(const ir::region& source, ir::region& destination) {
    for (const ir::operation* op : source.operations) {
      if (op->code == opcode::return_from) continue; // the last operation, where the function ends anyway
      if (op->code == opcode::if_else)
        branch(*op, destination);
      else if (values_.differ(*op))
        for (std::size_t item = 0; item < copies_.size(); ++item)
          copy(*op, destination, item);
      else
        share(clone_operation(*op, to_, destination, copies_[0]), *op);
    }
  }

 private:
  using copies = std::unordered_map<const ir::operation*, ir::operation*>;

  void share(ir::operation* made, const ir::operation& op) {
    for (copies& c : copies_)
      c[&op] = made;
  }

  /// `op` and what is nested in it for one work-item.
  void copy(const ir::operation& op, ir::region& destination, std::size_t item) {
    clone_operation(op, to_, destination, copies_[item]);
    const auto place = [&](const ir::operation& o) {
      if (is_id_along_x(o)) copies_[item].at(&o)->immediate = static_cast<std::int64_t>(item);
    };
    place(op);
    for (const auto& nested : op.regions)
      analysis::for_each(*nested, place);
  }

  /// The sides of a condition are interleaved where all items go the same way; else each takes its own, in turn.
  void branch(const ir::operation& op, ir::region& destination) {
    build_.enter(destination);
    const ir::operation& condition = *op.operands[0];
    if (!values_.differ(condition)) {
      ir::operation* made = build_.if_else(copies_[0].at(&condition));
      for (unsigned side : {0u, 1u})
        interleave_apart(op.body(side), made->body(side));
      return;
    }
    ir::operation *all = copies_[0].at(&condition), *any = all;
    for (std::size_t item = 1; item < copies_.size(); ++item) {
      all = build_.binary(opcode::bit_and, all, copies_[item].at(&condition));
      any = build_.binary(opcode::bit_or, any, copies_[item].at(&condition));
    }
    ir::region* rest = &destination;
    if (!op.body(0).operations.empty()) {
      ir::operation* made = build_.if_else(all);
      interleave_apart(op.body(0), made->body(0));
      rest = &made->body(1);
    }
    if (!op.body(1).operations.empty()) {
      build_.enter(*rest);
      ir::operation* made = build_.if_else(any);
      interleave_apart(op.body(1), made->body(1));
      rest = &made->body(0);
    }
    if (rest == &destination) return;
    for (std::size_t item = 0; item < copies_.size(); ++item)
      copy(op, *rest, item);
  }

  /// Values of a region are nobody else's, and it is copied more than once.
  void interleave_apart(const ir::region& source, ir::region& destination) {
    const std::vector<copies> before = copies_;
    interleave(source, destination);
    copies_ = before;
  }

  const item_values values_;
  ir::function& to_;
  ir::builder build_;
  std::vector<copies> copies_; ///< by item: what stands for the function's operations
};

/// What coarsener makes of a region at most: the interleaved one, and one for each item where they go different ways.
std::size_t operations_for(const ir::region& r, std::size_t items) {
  std::size_t all = 0;
  for (const ir::operation* op : r.operations) {
    all += items;
    for (const auto& nested : op->regions) {
      std::size_t inside = 0;
      analysis::for_each(*nested, [&](const ir::operation&) { ++inside; });
      all += operations_for(*nested, items) + inside * items;
    }
  }
  return all;
}

} // namespace

coarse_kernel coarsen(const ir::function& f) {
  // `if (i >= n) return;` is a condition around the rest.
  const std::unique_ptr<ir::function> single = ir::clone_signature(f);
  std::unordered_map<const ir::operation*, ir::operation*> map;
  ir::clone_region(f.body, *single, single->body, map);
  ir::simplify_returns(*single);
  coarse_kernel out;
  const unsigned items = items_of_thread(*single);
  if (items == 1 || operations_for(single->body, items) > most_operations) return out;
  out.program = ir::clone_signature(f);
  out.items = items;
  coarsener(*single, *out.program, items).interleave(single->body, out.program->body);
  return out;
}

} // namespace dotcompute::cuda
