// SPDX-License-Identifier: MIT
// One kernel's IR as the text of a CUDA C function. A work-item is a thread, so values are plain C values; what is done
// here is to keep the text readable: values used once become part of the expression that uses them, others get names.
#pragma once

#include "compiler/analysis/regions.hpp"
#include "compiler/reflection.hpp"
#include "compiler/targets/cuda/spelling.hpp"

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace dotcompute::cuda {

/// What memory behind a pointer is taken to be.
struct pointee {
  ir::type type = ir::type::scalar(ir::scalar_kind::i8);
  bool is_signed = false;
};

/// A program-scope constant as an array of `p`.
std::string constant_name(std::uint32_t index, pointee p);

/// What the kernels of a program share.
struct program_text {
  const ir::program& program;
  std::vector<std::string>& print_formats;           ///< formats, and texts that kernels print
  std::map<std::uint32_t, pointee> constant_types{}; ///< of those that kernels name, by index into program::constants
  std::set<std::pair<std::uint32_t, std::uint32_t>> by_value_types{}; ///< size and alignment of structs passed by value
  bool uses_local_memory = false;
};

struct kernel_options {
  std::string symbol;
  std::optional<std::array<std::uint32_t, 3>> local_size;
  /// Ids, sizes and offsets of work-items fit 31 bits. False: they are computed in 64.
  bool narrow_ids = true;
  const ir::function* coarse = nullptr; ///< what launch_state::coarse_blocks run; null: there are none
  unsigned items = 1;                   ///< work-groups that each of those takes
};

class kernel_text {
  using query = ir::work_item_query;

 public:
  kernel_text(program_text& shared, const ir::function& f, const kernel_reflection& reflection, kernel_options options);

  /// The function, with its body.
  std::string run();
  std::uint64_t local_bytes() const { return local_bytes_; }
  bool prints() const { return prints_; }
  /// Whether 64-bit ids would change the text.
  bool depends_on_width() const { return depends_on_width_; }
  /// Of a flat kernel: blocks may hang over the range's end in so many dimensions.
  unsigned guarded_dimensions() const { return guarded_dimensions_; }

 private:
  /// The body of `whole` for work-items that are several to a thread.
  kernel_text(const kernel_text& whole, const ir::function& coarse);

  struct index_term {
    expression text;
    bool is_signed = false;
    bool is_wide = false; ///< 64 bits, else 32
    std::int64_t scale = 1;
  };
  /// base + the terms' values times their scales + bytes.
  struct address {
    std::string base; ///< a C pointer to `points_to`
    pointee points_to;
    bool is_const = false;
    ir::address_space space = ir::address_space::global;
    std::vector<index_term> terms;
    std::int64_t bytes = 0;
  };
  /// What an expression's value hangs on beside values that never change.
  struct dependencies {
    std::set<const ir::operation*> variables;
    bool memory = false;
    void add(const dependencies& d) {
      variables.insert(d.variables.begin(), d.variables.end());
      memory |= d.memory;
    }
  };
  struct value {
    std::vector<expression> parts;
    spelling type;
    std::optional<address> at; ///< pointers
    dependencies needs;
    bool is_pending = false; ///< text that its one use will take up
    bool is_named = false;   ///< parts are names, literals or members: cheap to write again
  };

  // emission.cpp: which values get names.
  void find_uses();
  void emit(const ir::region& r);
  void statement(const ir::operation& op);
  void keep(const ir::operation& op, value v);
  void name_now(const ir::operation& op);
  void flush(const dependencies& changed);
  dependencies effects_of(const ir::operation& op) const;
  bool may_alias_variable(const ir::operation& read) const;
  std::size_t last_use(const ir::operation& op, const ir::region& r) const;
  value& get(const ir::operation& op);
  /// The operand, as something that may be written several times.
  value& firm(const ir::operation& op);
  expression part(const ir::operation& op, unsigned component, spelling wanted);
  expression scalar(const ir::operation& op, bool is_signed);
  bool prefers_signed(const ir::operation& op) const;
  bool wraps_nowhere_seen(const ir::operation& op) const;
  bool is_weighed(const ir::operation& negation) const;
  spelling variable_spelling(const ir::operation& variable);
  void line(const std::string& text);
  std::string fresh_name(std::string_view hint);
  std::string hint_for(const ir::operation& op) const;

  // arithmetic.cpp, conversions.cpp
  value evaluate(const ir::operation& op);
  value elementwise(const ir::operation& op);
  expression apply(const ir::operation& op, unsigned component, spelling& type);
  expression integer_arithmetic(const ir::operation& op, unsigned component, spelling& type);
  expression bit_operation(const ir::operation& op, unsigned component, spelling& type);
  expression real_arithmetic(const ir::operation& op, unsigned component);
  expression comparison(const ir::operation& op, unsigned component);
  expression conversion(const ir::operation& op, unsigned component, spelling& type);
  value bit_cast(const ir::operation& op);
  value extract_dynamic(const ir::operation& op);
  value work_item(const ir::operation& op);

  // addresses.cpp
  void find_pointees();
  pointee pointee_of(const ir::operation& root) const;
  const address& address_of(const ir::operation& pointer);
  std::string index_text(const address& a, std::int64_t unit) const;
  expression object(const address& a, pointee accessed, bool is_volatile) const;
  expression pointer_text(const ir::operation& pointer, pointee wanted);
  expression pointer_text(const address& a, pointee wanted) const;
  std::optional<unsigned> chunk(ir::type t, unsigned alignment, bool is_store) const;
  value pointer_value(std::string base, pointee p, bool is_const, ir::address_space space);

  // memory.cpp
  value pointer_add(const ir::operation& op);
  value load(const ir::operation& op);
  /// Byte by byte.
  value load_packed(const ir::operation& op, const address& a);
  void store(const ir::operation& op);
  void memory_copy(const ir::operation& op);
  value atomic(const ir::operation& op);
  void print(const ir::operation& op);
  expression text_index(const ir::operation& op);
  void allocate_private(const ir::operation& op);

  // control.cpp
  void declare_or_defer(const ir::operation& variable);
  void write(const ir::operation& op);
  void if_else(const ir::operation& op);
  void loop(const ir::operation& op);
  void block(const ir::operation& op);
  void leave(const ir::operation& op);
  std::string capture(const ir::region& r);
  bool is_left_directly(const ir::operation& block) const;

  // entry.cpp
  void lay_out_local_memory();
  std::string make_parameters();
  value make_parameter(std::size_t i, std::string& declaration);
  void declare_ids();
  void leave_outside_of_range();
  value id(const ir::operation& op);
  std::string name_id(const char* hint, unsigned dimension, const std::string& computed);
  std::string group_text(unsigned dimension) const;
  std::string item_text(unsigned dimension) const;

  program_text& shared_;
  const ir::function& function_;
  const kernel_reflection& reflection_;
  kernel_options options_;

  std::string out_;
  unsigned depth_ = 1;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, unsigned> next_suffix_;

  std::vector<value> values_;                           ///< by operation id
  std::vector<std::vector<const ir::operation*>> uses_; ///< by operation id, one for each operand
  std::vector<const ir::operation*> pending_;
  dependencies* taking_ = nullptr; ///< what the expression being made depends on

  std::unordered_map<const ir::operation*, pointee> pointees_; ///< of what pointers start from
  std::unordered_map<const ir::operation*, std::string> variable_names_;
  std::unordered_map<const ir::operation*, spelling> variable_types_;
  std::unordered_set<const ir::operation*> undeclared_;               ///< variables whose first write declares them
  std::unordered_map<const ir::operation*, std::string> loop_starts_; ///< what stands in a for's first part
  std::vector<const ir::operation*> loop_scopes_;

  /// C statements that `break` and `continue` refer to, innermost last.
  struct enclosing {
    const ir::operation* op;
    bool takes_continue; ///< `continue` does what continue_to asks for
  };
  std::vector<enclosing> enclosing_;
  std::unordered_map<const ir::operation*, std::string> leave_labels_, continue_labels_;

  std::unordered_map<const ir::operation*, std::uint64_t> local_offsets_;
  std::uint64_t local_bytes_ = 0;
  std::vector<value> arguments_; ///< by parameter
  bool is_coarse_ = false;       ///< a thread's several work-items
  unsigned guarded_dimensions_ = 3;
  std::array<std::string, 3> items_;                                     ///< names of ids without their offset
  std::map<std::tuple<query, unsigned, std::int64_t>, value> given_ids_; ///< by query, dimension and groups further
  bool prints_ = false, depends_on_width_ = false;
};

} // namespace dotcompute::cuda
