// SPDX-License-Identifier: MIT
// One kernel's IR as the text of a function in a dialect of C. It says what one work-item does, so values are plain C
// values; what is done here is to keep the text readable: values used once become part of the expression that uses
// them, others get names.
#pragma once

#include "compiler/analysis/regions.hpp"
#include "compiler/reflection.hpp"
#include "compiler/targets/c/dialect.hpp"

#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

namespace dotcompute::c_text {

/// What the kernels of a program share.
struct program_text {
  const ir::program& program;
  std::map<std::uint32_t, pointee> constant_types{}; ///< of those that kernels name, by index into program::constants
  std::set<std::pair<std::uint32_t, std::uint32_t>> by_value_types{}; ///< size and alignment of structs passed by value
};

/// What cannot be said in the dialect; the compilation ends with it as its error.
struct unprintable : std::runtime_error {
  unprintable(ir::source_location where, const std::string& what) : std::runtime_error(what), location(where) {}
  ir::source_location location;
};

/// The body of a kernel. What begins and ends it, and what a device's C has no common form for, is its dialect's own.
class kernel_text {
 public:
  virtual ~kernel_text() = default;

 protected:
  kernel_text(const dialect& d, program_text& shared, const ir::function& f, const kernel_reflection& reflection);

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

  // What each dialect has of its own.
  virtual expression real_arithmetic(const ir::operation& op, unsigned component) = 0;
  /// rotate_left, the counts of bits, reverse_bits.
  virtual expression bit_function(const ir::operation& op, unsigned component, spelling& type) = 0;
  virtual void allocate_local(const ir::operation& op) = 0;
  virtual void print(const ir::operation& op) = 0;
  /// `words` of so many bytes each, 1 to 16, which both places are aligned for; they do not overlap.
  virtual void copy_words(const address& to, const address& from, unsigned bytes, std::uint64_t words) = 0;

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
  bool prefers_signed(const ir::operation& op) const;
  bool wraps_nowhere_seen(const ir::operation& op) const;
  bool is_weighed(const ir::operation& negation) const;
  spelling variable_spelling(const ir::operation& variable);
  void line(const std::string& text);
  std::string fresh_name(std::string_view hint);
  std::string hint_for(const ir::operation& op) const;
  /// `e` converted to the type.
  expression as(ir::scalar_kind k, bool is_signed, const expression& e) const;

  // arithmetic.cpp, conversions.cpp
  value evaluate(const ir::operation& op);
  value elementwise(const ir::operation& op);
  expression apply(const ir::operation& op, unsigned component, spelling& type);
  expression integer_arithmetic(const ir::operation& op, unsigned component, spelling& type);
  expression bit_operation(const ir::operation& op, unsigned component, spelling& type);
  expression comparison(const ir::operation& op, unsigned component);
  expression conversion(const ir::operation& op, unsigned component, spelling& type);
  value bit_cast(const ir::operation& op);
  value extract_dynamic(const ir::operation& op);

  // addresses.cpp
  void find_pointees();
  pointee pointee_of(const ir::operation& root) const;
  const address& address_of(const ir::operation& pointer);
  std::string index_text(const address& a, std::int64_t unit) const;
  expression object(const address& a, pointee accessed, bool is_volatile) const;
  expression pointer_text(const ir::operation& pointer, pointee wanted);
  expression pointer_text(const address& a, pointee wanted) const;
  std::string byte_pointer(const address& a) const;
  std::string pointer_from(const expression& number, pointee p, ir::address_space space) const;
  value pointer_value(std::string base, pointee p, bool is_const, ir::address_space space);
  /// Of a parameter that points to memory, and of one that is a number.
  pointee argument_pointee(std::size_t parameter) const;
  value number_parameter(std::size_t parameter, const std::string& name, std::string& declaration) const;

  // memory.cpp
  value pointer_add(const ir::operation& op);
  value load(const ir::operation& op);
  /// Byte by byte.
  value load_packed(const ir::operation& op, const address& a);
  void store(const ir::operation& op);
  void memory_copy(const ir::operation& op);
  value atomic(const ir::operation& op);
  void allocate_private(const ir::operation& op);

  // control.cpp
  std::string declared_type(const ir::operation& variable);
  void declare_or_defer(const ir::operation& variable);
  void write(const ir::operation& op);
  void if_else(const ir::operation& op);
  void loop(const ir::operation& op);
  void block(const ir::operation& op);
  void leave(const ir::operation& op);
  std::string capture(const ir::region& r);
  bool is_left_directly(const ir::operation& block) const;

  const dialect& dialect_;
  program_text& shared_;
  const ir::function& function_;
  const kernel_reflection& reflection_;

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

  std::vector<value> arguments_; ///< by parameter; ids have their values before the body is emitted
};

} // namespace dotcompute::c_text
