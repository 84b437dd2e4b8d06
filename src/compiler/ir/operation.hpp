// SPDX-License-Identifier: MIT
// The structured SPMD IR: operations in nested regions. One work-item's program; how work-items become lanes is each
// target's business. There is no control flow but `if_else`, `loop`, `block` and the exits that name one of them.
#pragma once

#include "compiler/ir/type.hpp"

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dotcompute::ir {

enum class opcode : std::uint8_t {
#define OPCODE(name, flags) name,
#include "compiler/ir/opcodes.inc"
#undef OPCODE
};

enum class work_item_query : std::uint8_t {
  global_id,
  local_id,
  group_id,
  global_size,
  local_size,
  group_count,
  global_offset,
  work_dimensions
};

enum class atomic_operation : std::uint8_t { exchange, add, sub, smin, smax, umin, umax, bit_and, bit_or, bit_xor };

/// What an optimiser may assume or change; LLVM's fast-math flags.
struct float_flags {
  bool no_nans : 1 = false;
  bool no_infinities : 1 = false;
  bool no_signed_zeros : 1 = false;
  bool reciprocal : 1 = false;
  bool contract : 1 = false;
  bool approximate : 1 = false;
  bool reassociate : 1 = false;
  friend bool operator==(const float_flags&, const float_flags&) = default;
};

/// Where an operation came from. `file` indexes program::files; line and column count from 1, 0 is unknown.
struct source_location {
  std::uint32_t file = 0, line = 0, column = 0;
};

struct operation;

/// A list of operations. Values defined here may be used later in it and in regions nested below those uses.
struct region {
  std::vector<operation*> operations;
  operation* parent = nullptr; ///< null for a function's body
};

/// One operation; it is also the value it gives. Owned by its function; addresses are stable.
struct operation {
  opcode code{};
  type result{};        ///< for `variable`: the slot's type
  std::uint32_t id = 0; ///< dense within the function, for side tables and printing
  source_location location{};
  std::vector<operation*> operands{};
  std::vector<std::unique_ptr<region>> regions{};
  region* parent = nullptr;

  // Attributes; which ones count stands with the opcode.
  std::uint64_t bits = 0;      ///< constant
  std::int64_t immediate = 0;  ///< sizes, pointer_add's constant bytes, work_item's groups further
  std::int64_t scale = 1;      ///< pointer_add
  std::uint32_t index = 0;     ///< argument, component, dimension, fence flags, constant
  std::uint32_t alignment = 1; ///< bytes
  work_item_query query{};
  atomic_operation atomic{};
  float_flags flags{};
  bool no_signed_wrap = false;
  bool index_signed = true;
  bool is_volatile = false;
  bool test_at_end = false;            ///< loop: do-while
  std::uint32_t unroll = 0;            ///< loop: 0 no hint, 1 do not unroll, n factor, ~0u fully
  operation* target = nullptr;         ///< break_to, continue_to
  std::vector<std::int32_t> indices{}; ///< shuffle
  std::string symbol{};                ///< call, print; variables and allocations: the source's name

  region& body(std::size_t i = 0) { return *regions[i]; }
  const region& body(std::size_t i = 0) const { return *regions[i]; }
};

std::string_view name(opcode c);
std::string_view name(work_item_query q);
std::string_view name(atomic_operation a);
/// No side effect and cannot fault: may be executed for a work-item that would not have reached it.
bool is_pure(opcode c);
bool is_structured(opcode c);

struct parameter {
  type value{};
  std::string name;
  /// For a struct or union passed by value: its size and alignment; `value` is then ptr constant to the caller's bytes
  /// for kernels and ptr private for helper functions.
  std::uint32_t by_value_size = 0, by_value_alignment = 0;
};

struct function {
  std::string name;
  type result{};
  std::vector<parameter> parameters;
  bool is_kernel = false;
  std::array<std::uint32_t, 3> required_local_size{}; ///< reqd_work_group_size; zeros when absent
  source_location location{};
  region body;

  /// A new operation owned by this function, in no region yet.
  operation* create(opcode code, type result = {});
  std::size_t operation_count() const { return storage_.size(); }
  function() = default;
  function(const function&) = delete;
  function& operator=(const function&) = delete;

 private:
  std::deque<operation> storage_;
};

/// Program-scope constant (or string literal): immutable bytes shared by all work-items.
struct constant_data {
  std::string name;
  std::vector<std::byte> bytes;
  std::uint32_t alignment = 1;
};

/// What a program's build options allow beyond what single operations' flags say.
struct float_options {
  bool denormals_are_zero = false; ///< denormal operands and results may be taken as zero
  bool contract = false;           ///< operations with the flag `contract` may fuse
  bool approximate = false;        ///< mathematical functions may have the errors of OpenCL's relaxed table
  friend bool operator==(const float_options&, const float_options&) = default;
};

struct program {
  float_options floats;
  bool optimize = true; ///< else code is to be made soon rather than to be fast
  std::vector<std::string> files;
  std::vector<constant_data> constants;
  std::vector<std::unique_ptr<function>> functions;

  function* find(std::string_view name) const;
};

/// Readable text, one operation a line: `%7 = fadd f32 %5, %6  ; saxpy.cl:4:12`.
std::string print(const program& p);
std::string print(const function& f);

/// Broken rules of the IR, one message each ("kernel 'k', %12 load: operand 0 is i32, expected a pointer"); empty when
/// the program is well formed.
std::vector<std::string> verify(const program& p);

/// A deep copy of `source`'s operations appended to `into` at `destination`, with `map` from old to new operations
/// extended as it goes; operands not in `map` are kept (they belong to the same function). An operation that is in
/// `map` beforehand is not copied: its entry stands for it.
void clone_region(const region& source, function& into, region& destination,
                  std::unordered_map<const operation*, operation*>& map);
/// The same for one operation and what is nested in it; `map` sends it to the copy, whatever was there before.
operation* clone_operation(const operation& source, function& into, region& destination,
                           std::unordered_map<const operation*, operation*>& map);
/// A function of the same name, parameters and attributes without a body.
std::unique_ptr<function> clone_signature(const function& f);

} // namespace dotcompute::ir
