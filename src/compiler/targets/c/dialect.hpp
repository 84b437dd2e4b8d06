// SPDX-License-Identifier: MIT
// What the C dialects of devices spell differently: types, address spaces, and the functions that do an operation.
#pragma once

#include "compiler/targets/c/spelling.hpp"

#include <optional>

namespace dotcompute::c_text {

/// Functions of a dialect, or of its prelude, for what C's operators do not do as the IR asks for it.
enum class helper : std::uint8_t {
  divide, ///< any value and no trap where the divisor is 0 or the quotient overflows
  modulo,
  multiply_high, ///< 32 and 64 bits
  add_saturate,  ///< 32 and 64 bits
  subtract_saturate,
  opposite, ///< 0 - x of 32 bits, kept apart from what it is compared with
  absolute  ///< of a number and its negation
};

/// Without state, so it may be used from any thread.
class dialect {
 public:
  virtual ~dialect() = default;

  /// "float", "u32"; f16 is held as its bits.
  virtual std::string_view scalar_name(ir::scalar_kind k, bool is_signed) const = 0;
  /// Vectors of integers are unsigned.
  virtual std::string vector_name(ir::type t) const = 0;
  virtual std::string vector_of(ir::type t, const std::string& components) const = 0;
  std::string type_name(ir::type t, bool is_signed) const;
  /// What a pointer into `space` is declared with, such as "global "; empty where all memory is one.
  virtual std::string_view qualifier(ir::address_space space) const = 0;
  /// "float*", with its qualifier.
  std::string pointer_name(pointee p, ir::address_space space) const;
  /// "(volatile const float*)", of the element type's name.
  std::string pointer_cast(const std::string& type, ir::address_space space, bool is_const,
                           bool is_volatile = false) const;
  /// In front of a declaration.
  virtual std::string aligned(unsigned bytes) const = 0;
  /// Names that a kernel's own variables must not have.
  virtual bool is_reserved_name(std::string_view name) const = 0;

  /// "l" or "ll", of 64-bit literals.
  virtual std::string_view long_suffix() const = 0;
  expression literal(spelling s, std::uint64_t bits) const;
  /// An integer literal of the kind's signed form.
  expression signed_literal(ir::scalar_kind k, std::int64_t value) const;

  /// Of f32 and f64: the bits as an unsigned integer, and back.
  virtual expression bits_of(const expression& real, ir::scalar_kind k) const = 0;
  virtual expression real_of(const expression& bits, ir::scalar_kind k) const = 0;
  /// Toward zero; out of range any value.
  virtual std::string to_integer_name(bool from_double, bool wide, bool is_signed) const = 0;
  /// Empty, for `opposite` and `absolute`, where C's own operators do. Integers below 32 bits come widened.
  virtual std::string helper_name(helper h, ir::scalar_kind k, bool is_signed) const = 0;

  /// `flags` are the IR's: 1 local, 2 global.
  virtual std::string barrier(unsigned flags) const = 0;
  virtual std::string fence(unsigned flags) const = 0;
  /// The function for 32 or 64 bits, compare-and-exchange without an operation; empty for a subtraction that must be
  /// an addition.
  virtual std::string atomic_name(std::optional<ir::atomic_operation> operation, bool wide) const = 0;

  /// A scalar, from and to where nothing says how it is aligned; `pointer` is to unsigned bytes.
  virtual std::string load_bytes(ir::scalar_kind k, const std::string& pointer) const = 0;
  virtual std::string store_bytes(ir::scalar_kind k, const std::string& pointer, const std::string& value) const = 0;
  /// Whether one access moves a vector at a place that is aligned for its elements alone; else it goes in pieces that
  /// are aligned for themselves. `pointer` is to the elements, without sign.
  virtual bool moves_elements() const { return false; }
  virtual std::string load_elements(ir::type, const std::string& /*pointer*/) const { return {}; }
  virtual std::string store_elements(ir::type, const std::string& /*pointer*/,
                                     const std::string& /*components*/) const {
    return {};
  }
};

} // namespace dotcompute::c_text
