// SPDX-License-Identifier: MIT
#include "compiler/targets/cpu/plan.hpp"

#include "compiler/analysis/regions.hpp"

#include <algorithm>

namespace dotcompute::cpu {

using analysis::shape;
using ir::opcode;

namespace {

constexpr std::uint64_t most_unrolled_packs = 16;
/// Operations of the kernel times packs, above which a loop over packs is better than copies.
constexpr std::uint64_t most_unrolled_operations = 8192;
constexpr unsigned most_rematerialized = 8;

std::uint64_t count_operations(const ir::region& r) {
  std::uint64_t n = 0;
  analysis::for_each(r, [&](ir::operation&) { ++n; });
  return n;
}

bool is_exit(opcode c) {
  return c == opcode::break_to || c == opcode::continue_to || c == opcode::return_from;
}

} // namespace

group_plan::group_plan(const ir::function& f, const analysis::private_layout& layout, const analysis::divergence& pack,
                       const analysis::divergence& group, const lowering_options& options)
    : function_(f), layout_(layout), pack_(pack), group_(group) {
  const std::size_t n = f.operation_count();
  for (std::vector<bool>* v :
       {&group_level_, &together_, &group_pure_, &group_scalar_, &crosses_, &rematerializable_, &needs_mask_})
    v->resize(n, false);
  segment_.resize(n, 0);

  if (options.packs.local_size) {
    const auto& size = *options.packs.local_size;
    const std::uint64_t lanes = options.packs.lanes;
    const std::uint64_t rows = std::uint64_t{size[1]} * size[2];
    pack_count_ =
        options.packs.linear_packs ? (size[0] * rows + lanes - 1) / lanes : (size[0] + lanes - 1) / lanes * rows;
    unroll_packs_ =
        pack_count_ <= most_unrolled_packs && pack_count_ * count_operations(f.body) <= most_unrolled_operations;
  }

  bool has_barrier = false;
  analysis::for_each(f.body, [&](ir::operation& op) { has_barrier |= op.code == opcode::barrier; });
  find_rematerializable();
  if (has_barrier) {
    single_segment_ = false;
    mark_group_level(f.body);
    std::vector<const ir::operation*> enclosing;
    mark_exits(f.body, enclosing);
    find_group_scalars();
    find_group_pure(f.body);
    number_segments(f.body);
    find_crossings();
  }
}

bool group_plan::is_group_region(const ir::region* r) const {
  return !r->parent || group_level_[r->parent->id];
}

/// A loop without exits or control flow inside, small enough to be repeated for each pack.
bool group_plan::is_simple_loop(const ir::operation& loop) const {
  if (loop.code != opcode::loop || !unroll_packs_ || pack_count_ < 2) return false;
  std::uint64_t operations = 0;
  bool simple = true;
  for (const auto& r : loop.regions)
    analysis::for_each(*r, [&](ir::operation& op) {
      ++operations;
      simple &= !ir::is_structured(op.code) || op.code == opcode::yield;
    });
  return simple && operations * pack_count_ <= 1024;
}

/// Running the packs inside a uniform loop instead of the loop inside each pack lets the packs share what they load.
bool group_plan::should_interchange(const ir::operation& loop) const {
  return is_simple_loop(loop) && group_.control[loop.id] == shape::category::uniform && !pack_.diverges(loop) &&
         !pack_.returns_diverge;
}

bool group_plan::should_advance_together(const ir::operation& loop) const {
  if (!is_simple_loop(loop) || !pack_.diverges(loop) || loop.test_at_end || pack_.returns_diverge) return false;
  // The condition that sends the packs on their own ways is evaluated again by each, so it must leave no trace.
  const auto& condition = loop.body(0).operations;
  return std::all_of(condition.begin(), condition.end(), [](const ir::operation* op) {
    return ir::is_pure(op->code) || op->code == opcode::load || op->code == opcode::yield;
  });
}

void group_plan::mark_group_level(const ir::region& r) {
  for (const ir::operation* op : r.operations) {
    if (op->code == opcode::barrier) {
      group_level_[op->id] = true;
    } else if (!op->regions.empty() && (analysis::contains(*op, opcode::barrier) || should_interchange(*op))) {
      group_level_[op->id] = true;
      for (const auto& nested : op->regions)
        mark_group_level(*nested);
    } else if (should_advance_together(*op)) {
      together_[op->id] = true;
    }
  }
}

/// An exit of a group-level construct is itself at group level when all that stands between is uniform for the group;
/// otherwise the construct remembers per pack who left.
void group_plan::mark_exits(const ir::region& r, std::vector<const ir::operation*>& enclosing) {
  for (const ir::operation* op : r.operations) {
    if (is_exit(op->code)) {
      const bool to_group = op->code == opcode::return_from || group_level_[op->target->id];
      if (!to_group) continue;
      bool uniform = true;
      std::vector<const ir::operation*> between;
      for (auto it = enclosing.rbegin(); it != enclosing.rend() && *it != op->target; ++it) {
        const bool already = group_level_[(*it)->id];
        uniform &= already || ((*it)->code != opcode::loop && group_.control[(*it)->id] != shape::category::varying &&
                               !pack_.diverges(**it));
        between.push_back(*it);
      }
      // A return at the very end leaves nobody behind; elsewhere work-items may wait for a barrier without it.
      if (uniform) {
        group_level_[op->id] = true;
        for (const ir::operation* o : between)
          group_level_[o->id] = true;
      } else if (op->code == opcode::return_from) {
        function_needs_mask_ = true;
      } else {
        needs_mask_[op->target->id] = true;
      }
      continue;
    }
    enclosing.push_back(op);
    for (const auto& nested : op->regions)
      mark_exits(*nested, enclosing);
    enclosing.pop_back();
  }
}

void group_plan::find_group_scalars() {
  std::vector<std::vector<const ir::operation*>> writes(function_.operation_count());
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code == opcode::write) writes[op.operands[0]->id].push_back(&op);
  });
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code != opcode::variable || !op.result.element_type().is_number()) return;
    if (!pack_.shapes[op.id].is_uniform() || !group_.shapes[op.id].is_uniform()) return;
    const auto& all = writes[op.id];
    if (!std::all_of(all.begin(), all.end(), [&](const ir::operation* w) { return is_group_region(w->parent); }))
      return;
    group_scalar_[op.id] = true;
    for (const ir::operation* w : all)
      group_level_[w->id] = true;
  });
}

void group_plan::find_group_pure(const ir::region& r) {
  for (const ir::operation* op : r.operations) {
    if (group_level_[op->id]) {
      for (const auto& nested : op->regions)
        find_group_pure(*nested);
      continue;
    }
    if (!pack_.shapes[op->id].is_uniform() || !group_.shapes[op->id].is_uniform()) continue;
    if (op->code == opcode::read) {
      group_pure_[op->id] = group_scalar_[op->operands[0]->id];
    } else if (ir::is_pure(op->code) && !op->result.is_none()) {
      group_pure_[op->id] = std::all_of(op->operands.begin(), op->operands.end(), [&](const ir::operation* o) {
        return group_pure_[o->id] ||
               (rematerializable_[o->id] && group_.shapes[o->id].is_uniform() && pack_.shapes[o->id].is_uniform());
      });
    }
  }
}

void group_plan::number_all(const ir::operation& op, std::uint32_t segment) {
  segment_[op.id] = segment;
  for (const auto& nested : op.regions)
    for (const ir::operation* inner : nested->operations)
      number_all(*inner, segment);
}

void group_plan::number_segments(const ir::region& r) {
  std::uint32_t segment = next_segment_++;
  for (const ir::operation* op : r.operations) {
    if (group_pure_[op->id] || op->code == opcode::yield || op->code == opcode::variable) continue;
    if (!group_level_[op->id]) {
      if (together_[op->id]) segment = next_segment_++;
      number_all(*op, segment);
      if (together_[op->id]) segment = next_segment_++;
      continue;
    }
    for (const auto& nested : op->regions)
      number_segments(*nested);
    segment = next_segment_++;
  }
}

const ir::operation* group_plan::shared_loop(const ir::operation& op) const {
  const ir::operation* around = op.parent->parent;
  while (around && !(around->code == opcode::loop && (group_level_[around->id] || together_[around->id])))
    around = around->parent->parent;
  return around;
}

void group_plan::find_crossings() {
  // Variables and private allocations: where they are touched. Values: where they are made and used.
  std::vector<std::uint32_t> first(function_.operation_count(), 0);
  const auto touch = [&](const ir::operation& op, const ir::operation& user) {
    const std::uint32_t segment = segment_[user.id];
    if (first[op.id] == 0) first[op.id] = segment;
    // One segment is enough when a loop over it lies inside the scope: its next turn may find what this one left,
    // and the other packs have run in between.
    if (first[op.id] != segment || shared_loop(user) != shared_loop(op)) crosses_[op.id] = true;
  };
  const auto use = [&](const ir::operation& v, std::uint32_t segment) {
    if (group_pure_[v.id]) return;
    if (!rematerializable_[v.id]) {
      if (segment_[v.id] != segment) crosses_[v.id] = true;
    }
  };
  analysis::for_each(function_.body, [&](ir::operation& op) {
    for (const ir::operation* operand : op.operands) {
      if (operand->code == opcode::variable) {
        if (!group_scalar_[operand->id]) {
          if (segment_[op.id] == 0) crosses_[operand->id] = true;
          touch(*operand, op);
        }
      } else if (operand->code == opcode::private_alloc) {
        touch(*operand, op);
      } else if (!layout_.allocation[operand->id]) {
        use(*operand, segment_[op.id]);
      } else {
        // An address in an interleaved block is worked out at each access, from its indices.
        for (const ir::operation* p = operand; p->code == opcode::pointer_add; p = p->operands[0])
          if (p->operands.size() > 1) use(*p->operands[1], segment_[op.id]);
      }
    }
  });
  // A pointer into a private allocation may be used where the allocation itself is not named; an address that is
  // computed again names it there.
  analysis::for_each(function_.body, [&](ir::operation& op) {
    if (op.code != opcode::private_alloc || crosses_[op.id]) return;
    std::vector<const ir::operation*> reach{&op};
    analysis::for_each(function_.body, [&](ir::operation& user) {
      for (const ir::operation* operand : user.operands)
        if (std::find(reach.begin(), reach.end(), operand) != reach.end()) {
          if (segment_[user.id] != first[op.id] || shared_loop(user) != shared_loop(op)) crosses_[op.id] = true;
          if (user.result.is_pointer() && user.code != opcode::load) reach.push_back(&user);
          // An address that is stored or kept in a variable may be used anywhere.
          if (user.code == opcode::write || (user.code == opcode::store && user.operands[1] == operand))
            crosses_[op.id] = true;
        }
    });
  });
}

void group_plan::find_rematerializable() {
  std::vector<unsigned> cost(function_.operation_count(), 0);
  analysis::for_each(function_.body, [&](ir::operation& op) {
    switch (op.code) {
    case opcode::constant:
    case opcode::undefined:
    case opcode::argument:
    case opcode::global_address:
    case opcode::work_item:
    case opcode::private_alloc:
    case opcode::local_alloc: rematerializable_[op.id] = true; return;
    case opcode::add:
    case opcode::sub:
    case opcode::mul:
    case opcode::shl:
    case opcode::int_truncate:
    case opcode::sign_extend:
    case opcode::zero_extend:
    case opcode::pointer_add: break;
    default: return;
    }
    if (op.result.is_vector()) return;
    unsigned total = 1;
    for (const ir::operation* operand : op.operands) {
      if (!rematerializable_[operand->id]) return;
      total += cost[operand->id];
    }
    cost[op.id] = total;
    rematerializable_[op.id] = total <= most_rematerialized;
  });
}

std::vector<compiler::diagnostic> check_barriers(const ir::program& p, const ir::function& f,
                                                 const analysis::divergence& group) {
  std::vector<compiler::diagnostic> found;
  analysis::for_each(f.body, [&](ir::operation& op) {
    if (op.code != opcode::barrier) return;
    const auto level = group.barriers[op.id];
    if (level <= shape::category::uniform) return;
    compiler::diagnostic d;
    d.level = level == shape::category::varying ? compiler::severity::error : compiler::severity::warning;
    d.file = op.location.file < p.files.size() ? p.files[op.location.file] : "";
    d.line = op.location.line;
    d.column = op.location.column;
    const ir::operation* cause = group.barrier_cause[op.id];
    const std::string where = cause ? " (decided at line " + std::to_string(cause->location.line) + ", column " +
                                          std::to_string(cause->location.column) + ")"
                                    : "";
    d.message = level == shape::category::varying
                    ? "barrier in kernel '" + f.name +
                          "' under control flow that differs between work-items of a group" + where +
                          "; every work-item of the group must reach it"
                    : "cannot prove that all work-items of a group reach this barrier in kernel '" + f.name +
                          "': the control flow around it depends on memory" + where;
    found.push_back(std::move(d));
  });
  return found;
}

} // namespace dotcompute::cpu
