// SPDX-License-Identifier: MIT
// How a kernel is cut at its barriers: which statements run once per work-group, which run pack by pack, and which
// values have to be kept in between.
#pragma once

#include "compiler/analysis/divergence.hpp"
#include "compiler/compile.hpp"

#include <cstdint>
#include <vector>

namespace dotcompute::cpu {

struct lowering_options {
  analysis::pack_configuration packs;
  bool flat = false;      ///< the range is work-items, not groups
  bool fast_packs = true; ///< emit a second, unmasked body where all lanes are usually on
  bool has_avx512 = false;
};

/// A segment is a run of neighbouring statements without a barrier between them; all its work-items may run one
/// pack after another. Everything is indexed by operation id.
class group_plan {
 public:
  group_plan(const ir::function& f, const analysis::private_layout& layout, const analysis::divergence& pack,
             const analysis::divergence& group, const lowering_options& options);

  /// A barrier, or a structured statement around one, or a write to a variable that exists once per group.
  bool group_level(const ir::operation& op) const { return group_level_[op.id]; }
  /// A loop in which the packs of a group go forward side by side for as long as every lane of every pack stays in it,
  /// so that neighbouring packs read neighbouring memory at about the same time. A segment of its own.
  bool advances_together(const ir::operation& op) const { return together_[op.id]; }
  /// Computed once, at the start of its segment.
  bool group_pure(const ir::operation& op) const { return group_pure_[op.id]; }
  /// A variable with one value for the whole group.
  bool group_scalar(const ir::operation& variable) const { return group_scalar_[variable.id]; }
  /// A value, variable or private allocation that more than one segment uses: kept per pack.
  bool crosses(const ir::operation& op) const { return crosses_[op.id]; }
  /// Cheap enough to compute again wherever it is needed.
  bool rematerializable(const ir::operation& op) const { return rematerializable_[op.id]; }
  /// Work-items leave the construct (null: the function) from inside a segment, so lanes that left are remembered per
  /// pack.
  bool needs_mask(const ir::operation* target) const { return target ? needs_mask_[target->id] : function_needs_mask_; }
  /// Nothing in the kernel is at group level: it is one segment.
  bool single_segment() const { return single_segment_; }
  /// Packs of the group; 0 when the local size is not known.
  std::uint64_t pack_count() const { return pack_count_; }
  bool unroll_packs() const { return unroll_packs_; }

 private:
  void mark_group_level(const ir::region& r);
  bool should_interchange(const ir::operation& loop) const;
  bool should_advance_together(const ir::operation& loop) const;
  bool is_simple_loop(const ir::operation& loop) const;
  void mark_exits(const ir::region& r, std::vector<const ir::operation*>& enclosing);
  void find_group_scalars();
  void find_group_pure(const ir::region& r);
  void number_segments(const ir::region& r);
  void number_all(const ir::operation& op, std::uint32_t segment);
  /// The innermost loop around it whose turns the packs of a group take one after another; null: none.
  const ir::operation* shared_loop(const ir::operation& op) const;
  void find_crossings();
  void find_rematerializable();
  bool is_group_region(const ir::region* r) const;

  const ir::function& function_;
  const analysis::private_layout& layout_;
  const analysis::divergence& pack_;
  const analysis::divergence& group_;
  std::vector<bool> group_level_, together_, group_pure_, group_scalar_, crosses_, rematerializable_, needs_mask_;
  std::vector<std::uint32_t> segment_; ///< 0 for statements at group level
  std::uint32_t next_segment_ = 1;
  bool function_needs_mask_ = false;
  bool single_segment_ = true;
  std::uint64_t pack_count_ = 0;
  bool unroll_packs_ = false;
};

/// Errors for barriers under divergent control and warnings for those whose uniformity cannot be proved, with source
/// positions.
std::vector<compiler::diagnostic> check_barriers(const ir::program& p, const ir::function& f,
                                                 const analysis::divergence& group);

} // namespace dotcompute::cpu
