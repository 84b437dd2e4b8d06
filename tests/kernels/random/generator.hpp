// SPDX-License-Identifier: MIT
// Makes one kernel from a seed.
#pragma once

#include "random/choice.hpp"
#include "random/program.hpp"
#include "random/types.hpp"

#include <optional>

namespace random_programs {

struct variable {
  std::string name;
  value_type type;
  bool assignable = true;
  bool uniform = false; ///< the same value in every work-item of a group
};

struct array {
  std::string name;
  value_type element;
  std::size_t size = 0;
};

struct helper {
  std::string name;
  value_type result;
  std::vector<value_type> parameters;
  bool has_pointer = false; ///< a last parameter int*
};

/// What is in reach at one place of the program.
struct scope {
  std::vector<variable> variables;
  std::vector<array> arrays;
  std::vector<std::string> records;
  std::vector<std::string> flags; ///< conditions that were kept for later
  bool in_loop = false;
  bool in_switch = false;
  bool uniform = true;     ///< every work-item of the group gets here, or none
  bool group_loop = false; ///< the innermost loop may hold barriers: the whole group leaves or none
  bool in_kernel = true;
  value_type result; ///< of the helper
  std::size_t nesting = 0;
};

/// No undefined behaviour by construction: arithmetic that could overflow goes through unsigned types, indices are
/// taken modulo their array, loops count, division is guarded, work-items write only what is theirs or through atomics
/// whose order cannot be seen, and barriers stand where the whole group goes.
class generator {
 public:
  generator(std::uint64_t seed, std::string name, const generator_limits& limits);
  kernel generated();

 private:
  void choose_sizes(kernel& k);
  void choose_types();
  function make_helper(std::size_t index);
  function make_kernel(const kernel& k);

  value_type any_type() { return types_[pick_.below(types_.size())]; }
  value_type any_scalar() { return any_type().scalar(); }
  std::string fresh(const std::string& stem) { return stem + std::to_string(names_++); }

  // Expressions. `uniform` asks for one whose value is the same for the whole group.
  expression value(const scope& s, value_type t, std::size_t depth, bool uniform = false);
  expression condition(const scope& s, std::size_t depth, bool uniform = false);
  expression literal(value_type t);
  expression leaf(const scope& s, value_type t, bool uniform);
  expression from_variable(const scope& s, value_type t, bool uniform);
  expression converted(expression e, value_type from, value_type to);
  expression built(const scope& s, value_type t, std::size_t depth, bool uniform);
  expression swizzled(const scope& s, value_type t, std::size_t depth, bool uniform);
  expression integer_operation(const scope& s, value_type t, std::size_t depth, bool uniform);
  expression float_operation(const scope& s, value_type t, std::size_t depth, bool uniform);
  std::optional<expression> from_memory(const scope& s, value_type t, std::size_t depth);
  std::optional<expression> from_helper(const scope& s, value_type t, std::size_t depth);

  // Statements.
  std::vector<statement> block(scope s, std::size_t count);
  /// Appends one or more statements; what they declare is added to `s`.
  void statement_into(std::vector<statement>& out, scope& s);
  void declaration(std::vector<statement>& out, scope& s);
  void array_declaration(std::vector<statement>& out, scope& s);
  void assignment(std::vector<statement>& out, scope& s);
  void memory_write(std::vector<statement>& out, scope& s);
  void hashing(std::vector<statement>& out, scope& s);
  void branch(std::vector<statement>& out, scope& s);
  void loop(std::vector<statement>& out, scope& s);
  void first_turn_loop(std::vector<statement>& out, scope& s);
  void strided_loop(std::vector<statement>& out, scope& s);
  void kept_condition(std::vector<statement>& out, scope& s);
  void switching(std::vector<statement>& out, scope& s);
  void exit(std::vector<statement>& out, scope& s);
  void exchange(std::vector<statement>& out, scope& s);
  void atomic(std::vector<statement>& out, scope& s);
  void call(std::vector<statement>& out, scope& s);
  void guarded_division(std::vector<statement>& out, scope& s);
  void pointers(std::vector<statement>& out, scope& s);
  const variable* assignable(const scope& s, bool scalar_only = false);

  choice pick_;
  std::string name_;
  generator_limits limits_;
  bool has_barriers_ = false;
  bool returned_ = false; ///< some work-item may have returned from the kernel
  std::size_t group_size_ = 1;
  std::vector<value_type> types_;
  std::vector<helper> helpers_;
  std::size_t names_ = 0;
  std::size_t budget_ = 0; ///< statements that may still be made
};

} // namespace random_programs
