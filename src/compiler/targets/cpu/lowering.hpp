// SPDX-License-Identifier: MIT
// One kernel from the structured IR to LLVM: a function that runs a range of work-groups (or work-items, for flat
// kernels), `lanes` work-items at a time.
#pragma once

#include "compiler/analysis/divergence.hpp"
#include "compiler/analysis/private_layout.hpp"
#include "compiler/compile.hpp"
#include "compiler/ir/operation.hpp"
#include "compiler/targets/cpu/plan.hpp"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace dotcompute::cpu {

/// An IR value in the current pack. Uniform: one scalar a component. Affine: lane 0's value and a stride (bytes for
/// pointers). Varying: one vector of `lanes` elements a component.
struct lane_value {
  analysis::shape::category kind = analysis::shape::category::unset;
  std::int64_t stride = 0;
  llvm::SmallVector<llvm::Value*, 4> parts;

  bool is_uniform() const { return kind == analysis::shape::category::uniform; }
  bool is_affine() const { return kind == analysis::shape::category::affine; }
  bool is_varying() const { return kind == analysis::shape::category::varying; }
};

class kernel_lowering {
 public:
  struct shared_state {
    llvm::Module& module;
    const ir::program& program;
    std::vector<llvm::GlobalVariable*>& constants; ///< by index into program.constants
    std::vector<std::string>& print_formats;
    std::vector<compiler::diagnostic>& diagnostics; ///< remarks go here
  };

  kernel_lowering(shared_state shared, const ir::function& f, const kernel_reflection& reflection,
                  const lowering_options& options, const analysis::private_layout& layout,
                  const analysis::divergence& pack, const analysis::divergence& group);

  /// Emits the exported entry; gives its static local and scratch bytes and lanes in `entry`.
  void run(const std::string& symbol, compiler::result::entry& entry);

 private:
  using value = llvm::Value*;
  using category = analysis::shape::category;

  /// Where the lanes that are inside a construct are remembered.
  struct frame {
    const ir::operation* op = nullptr; ///< null: the function
    bool masked = false;               ///< lanes leave at different times
    bool group_level = false;
    value live = nullptr;      ///< masked: address of the lanes still inside (of the first pack, at group level)
    value iteration = nullptr; ///< loops with continue: lanes in this iteration
    llvm::BasicBlock* break_target = nullptr;
    llvm::BasicBlock* continue_target = nullptr;
  };

  /// The pack being lowered. Coordinates are local ids of lane 0 (or range coordinates of flat kernels), as i64.
  struct pack_state {
    value index = nullptr;         ///< number of the pack in its group
    value coordinate[3] = {};      ///< of lane 0
    value lane_coordinate[3] = {}; ///< linear packs: one vector each
    value mask = nullptr;          ///< lanes that are work-items; null when all are
  };

  /// While packs advance together: a variable that pack 0 keeps for all. Pack p has `slot` + stride * lanes * p.
  struct lead_variable {
    const ir::operation* variable = nullptr;
    std::int64_t stride = 0; ///< from one work-item to the next
    value slot = nullptr;
    bool is_ordered = false; ///< the loop's condition says that the values of the group do not wrap,
    bool is_signed = false;  ///< as signed numbers
  };

  /// What each group of a batch keeps for itself while the groups take turns.
  struct kept_value {
    const ir::operation* op = nullptr;
    bool changes = false;              ///< from turn to turn
    llvm::SmallVector<value, 4> aside; ///< one address a component
  };

  /// Groups that take turns in a loop of the kernel's body (rounds.cpp).
  struct turns {
    std::uint64_t groups = 0; ///< in a batch; 0: each group runs from its start to its end
    std::uint64_t trips = 0;  ///< of a turn
    std::size_t loop = 0;     ///< its place in the body; the groups' starts run before, and their ends after it
    std::vector<kept_value> kept;
    value in_step = nullptr;           ///< address, for each group: its packs can share the lead variables
    llvm::SmallVector<value, 4> leads; ///< addresses, for each group: their values
  };

  /// Of a condition, over the lanes that are on. Both are on the safe side.
  struct judgement {
    value every = nullptr; ///< it holds in all lanes for certain
    value some = nullptr;  ///< it may hold in some lane
  };

  /// One summand of an index, as 64 bits; of lane 0 unless all lanes have the same.
  struct index_term {
    value extended = nullptr;
    bool is_uniform = true;
    bool is_negative = false; ///< is subtracted
  };

  /// A value that is `lead` + `distance`; without wrapping, where it says so.
  struct displacement {
    value lead = nullptr;
    std::int64_t distance = 0;
    bool no_unsigned_wrap = true, no_signed_wrap = true;
  };

  /// In a serial loop there is one lane, and everything is the same in all of it.
  analysis::shape shape_of(const ir::operation& op) const {
    return serial_ ? analysis::shape::uniform() : pack_.of(op);
  }
  bool diverges(const ir::operation& op) const { return !serial_ && pack_.diverges(op); }

  // Types and constants (values.cpp).
  llvm::Type* element_type(ir::type t) const;
  llvm::VectorType* lanes_of(llvm::Type* t) const;
  value lane_numbers(llvm::Type* integer, std::int64_t factor) const;
  value all_lanes() const;
  value constant(const ir::operation& op) const;
  llvm::AllocaInst* allocate(llvm::Type* t, const char* name, unsigned alignment = 0);

  // Values of the current pack (values.cpp).
  lane_value get(const ir::operation& op);
  lane_value group_value(const ir::operation& op);
  void define(const ir::operation& op, lane_value v);
  lane_value as_shape(const lane_value& v, analysis::shape s, ir::type t);
  value vector_part(const lane_value& v, unsigned part, ir::type t);
  value scalar(const ir::operation& op); ///< a uniform one
  value vector(const ir::operation& op, unsigned part = 0);
  lane_value make(category kind, llvm::SmallVector<llvm::Value*, 4> parts, std::int64_t stride = 0) const;
  bool rematerialize_here(const ir::operation& op);
  /// What the operation was made from can be asked for here too: an operation that another segment made and kept does
  /// not keep its operands.
  bool operands_at_hand(const ir::operation& op);

  // Operations without control flow (operations.cpp, reciprocal_root.cpp).
  lane_value evaluate(const ir::operation& op);
  lane_value elementwise(const ir::operation& op);
  value apply(const ir::operation& op, llvm::ArrayRef<value> operands);
  value divide(const ir::operation& op, value a, value b, bool is_vector);
  value float_divide(const ir::operation& op, value dividend, value divisor);
  value reciprocal_root(value x);
  lane_value bit_cast(const ir::operation& op);
  lane_value work_item(const ir::operation& op);
  lane_value local_coordinate(unsigned dimension);
  lane_value extract_dynamic(const ir::operation& op);
  llvm::FastMathFlags fast_flags(const ir::operation& op) const;

  // Addresses (addresses.cpp).
  void split_index(const ir::operation& index, bool is_signed, bool is_negative, std::vector<index_term>& terms);
  value lane_addresses(value base, value offsets);
  lane_value pointer_add(const ir::operation& op);
  value private_address(const ir::operation& allocation);
  lane_value private_pointer(const ir::operation& op);
  value interleaved_address(const ir::operation& pointer, std::int64_t extra_units, bool& is_vector);

  // Memory (memory.cpp, atomics.cpp).
  lane_value load(const ir::operation& op);
  void store(const ir::operation& op);
  void store_neighbours(const ir::operation& op, value all, value address, llvm::Align alignment);
  void memory_copy(const ir::operation& op);
  lane_value load_interleaved(const ir::operation& op);
  void store_interleaved(const ir::operation& op);
  void store_uniform_address(const ir::operation& op, value address);
  value repeat_mask(unsigned components);
  lane_value atomic(const ir::operation& op);
  value atomic_one(const ir::operation& op, value address, value operand, value desired);
  void for_each_active_lane(const std::function<void(value lane)>& body);
  void print(const ir::operation& op);
  void remark(const ir::operation& op, std::string text);

  // What a row of packs reads next, and stores past the caches (streaming.cpp).
  void prefetch(value address);
  void prefetch_along_row(const ir::operation& load, value address);
  void find_streamed();
  bool streams(const ir::operation& store, std::uint64_t bytes) const;
  value unaligned_bits(std::uint64_t bytes);
  void order_streamed_stores();

  // Masks and control flow within a pack (control.cpp).
  void lower_region(const ir::region& r, std::size_t first = 0, std::size_t last = ~std::size_t{0});
  void lower(const ir::operation& op);
  void lower_if(const ir::operation& op);
  void lower_uniform_if(const ir::operation& op);
  void lower_loop(const ir::operation& op);
  bool should_serialize(const ir::operation& loop) const;
  void lower_serial_loop(const ir::operation& op);
  void lower_uniform_loop(const ir::operation& op);
  void lower_fast_loop(const ir::operation& op, value live, llvm::BasicBlock* masked_body, llvm::BasicBlock* exit);
  void lower_block(const ir::operation& op);
  void lower_exit(const ir::operation& op);
  value any(value mask);
  value all(value mask);
  std::pair<value, value> last_of(const ir::operation& order, value first, std::uint64_t span);
  std::optional<judgement> judge_by_ends(const ir::operation& comparison);
  judgement judge(const ir::operation& condition);
  value all_between_hold(const ir::operation& order, value first, std::uint64_t span);
  value mask_or_all();
  value mask_and(value mask, value with);
  value mask_and_not(value mask, value with);
  value loop_condition(const ir::operation& op);
  void branch_to(llvm::BasicBlock* target);
  bool block_open() const;
  llvm::BasicBlock* new_block(const char* name);
  bool resume_at(llvm::BasicBlock* join);
  bool leaves_masked(const ir::operation& op) const;
  value remaining(value mask, const ir::operation& op);
  bool boundary_condition(const ir::operation& condition) const;
  bool can_restart(const ir::operation& op, bool after) const;
  void restart_masked();
  void write_variable(const ir::operation& op);
  lane_value read_variable(const ir::operation& op);
  bool kept_once(const ir::operation& op) const;
  llvm::Type* slot_type(const ir::operation& op);
  value slot_address(const ir::operation& op, unsigned part);

  // The work-group (groups.cpp).
  /// For kernels that are compiled for one local size, which all are that lay packs out in groups.
  const std::array<std::uint32_t, 3>& local_size() const {
    return *options_.packs.local_size; // NOLINT(bugprone-unchecked-optional-access): see above
  }
  void lower_group_region(const ir::region& r, std::size_t first = 0);
  void evaluate_group_pure(const ir::region& r, std::size_t first, std::size_t last);
  void lower_segment(const ir::region& r, std::size_t first, std::size_t last);
  void lower_row_pack(const std::function<void()>& body, value end);
  void lower_linear_pack(const std::function<void()>& body, value index);
  void for_each_pack(const std::function<void()>& body);
  void lower_pack_body(const std::function<void()>& body, value mask);
  value row_mask(value x, value end);
  void lower_group_loop(const ir::operation& op);
  void lower_group_if(const ir::operation& op);
  void lower_group_block(const ir::operation& op);
  void lower_group_exit(const ir::operation& op);
  void set_group_mask(value slot);

  // Packs side by side (together.cpp).
  void advance_together(const ir::operation& op);
  value enter_together(const ir::operation& op);
  void run_together(const ir::operation& op, value most_trips, value paused);
  void leave_together();
  std::vector<lead_variable> find_leads(const ir::operation& loop);
  lead_variable* lead_of(const ir::operation& variable);
  value read_lead(const lead_variable& lead);
  value whole_group_holds(const ir::operation& condition);
  void prefetch_ahead(const ir::operation& loop);
  /// Whether so many bytes still fit the stack, of which they then have their share.
  bool takes_stack(std::uint64_t bytes, std::uint64_t largest);
  value group_slot(llvm::Type* t, const char* name, std::uint64_t count);
  value slot_at(value base, llvm::Type* t, value index);
  value all_returned();
  void lower_group();

  // Groups that take turns (rounds.cpp).
  void find_rounds();
  void lower_rounds();
  void start_group(value group);
  void take_turn(value group, value most_trips, value paused);
  void finish_group(value group, const std::vector<lead_variable>& leads);
  value aside(value& storage, llvm::Type* t, std::uint64_t count, value group);
  void copy_kept(kept_value& k, value group, bool from_slots);

  // Entry (entry.cpp).
  value launch_field(unsigned offset, llvm::Type* t);
  void lower_flat_range();
  void lower_group_range();
  value range_bound(bool end, unsigned dimension);
  void counted_loop(value begin, value end, value step, const char* name, const std::function<void(value)>& body);

  shared_state shared_;
  const ir::function& function_;
  const kernel_reflection& reflection_;
  const lowering_options& options_;
  const analysis::private_layout& layout_;
  const analysis::divergence& pack_;
  const analysis::divergence& group_;
  group_plan plan_;
  unsigned lanes_;
  std::vector<bool> uses_; ///< by id: some operation uses the value
  std::vector<std::vector<const ir::operation*>>
      exit_targets_; ///< by id of a structured op: what is left from inside; null entry: function

  llvm::LLVMContext& context_;
  llvm::IRBuilder<> builder_;
  llvm::Function* llvm_function_ = nullptr;
  llvm::BasicBlock* entry_block_ = nullptr;
  llvm::SmallVector<value, 8> arguments_;
  value launch_ = nullptr, thread_ = nullptr, range_ = nullptr;
  value local_memory_ = nullptr, scratch_ = nullptr;
  std::map<unsigned, value> launch_fields_;
  std::set<std::uint32_t> streamed_; ///< arguments whose memory is only stored to
  std::uint64_t streamed_bytes_ = 0; ///< by one work-item
  value streaming_ = nullptr;        ///< this launch stores more than the caches hold
  value group_id_[3] = {};
  std::uint64_t local_bytes_ = 0, scratch_bytes_ = 0, stack_bytes_ = 0;
  std::map<const ir::operation*, std::uint64_t> local_offsets_;

  std::vector<lane_value> values_;        ///< by operation id, of the current pack
  std::vector<std::uint32_t> defined_in_; ///< the pack emission that set it
  std::uint32_t emission_ = 1;
  std::vector<lane_value> group_values_;
  std::vector<llvm::SmallVector<value, 4>> slots_; ///< variables, crossing values, private blocks
  bool at_group_level_ = false;
  bool serial_ = false;                                                      ///< one lane at a time (serial.cpp)
  std::map<const ir::operation*, llvm::SmallVector<value, 4>> serial_slots_; ///< variables of the lane being run
  std::vector<lead_variable> leads_; ///< of the loop in which packs advance together
  turns rounds_;
  bool in_ordered_body_ = false; ///< past its condition
  std::map<value, displacement> displaced_;
  pack_state pack_now_;
  value mask_ = nullptr;    ///< lanes that are on; null: all
  bool terminated_ = false; ///< no lane goes on in this region
  std::vector<frame> frames_;
  llvm::PHINode* restart_mask_ =
      nullptr; ///< in a full pack: the mask of the masked copy of the whole body, to start over there
  llvm::BasicBlock* group_end_ = nullptr;
};

} // namespace dotcompute::cpu
