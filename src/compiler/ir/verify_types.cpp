// SPDX-License-Identifier: MIT
#include "compiler/ir/verify_types.hpp"

#include <bit>

namespace dotcompute::ir {

namespace {

/// Checks one operation; the first broken rule stays.
class checker {
 public:
  checker(const operation& op, const function& f, const program& p) : op_(op), function_(f), program_(p) {}

  std::string run() {
    for (std::size_t i = 0; i < op_.operands.size(); ++i)
      if (op_.operands[i]->code == opcode::variable &&
          !(i == 0 && (op_.code == opcode::read || op_.code == opcode::write)))
        return "operand " + std::to_string(i) + " is a variable; only read and write take one";
    if (op_.result.is_number() && !valid_components(op_.result.components))
      return "result has " + std::to_string(op_.result.components) + " components";
    dispatch();
    return message_;
  }

 private:
  static bool valid_components(unsigned n) { return n == 1 || n == 2 || n == 3 || n == 4 || n == 8 || n == 16; }

  void fail(std::string text) {
    if (message_.empty()) message_ = std::move(text);
  }
  bool counts(std::size_t n) {
    if (op_.operands.size() == n) return true;
    fail("has " + std::to_string(op_.operands.size()) + " operands, expected " + std::to_string(n));
    return false;
  }
  type operand(std::size_t i) const { return op_.operands[i]->result; }
  void expect_operand(std::size_t i, bool right, const std::string& expected) {
    if (!right) fail("operand " + std::to_string(i) + " is " + to_string(operand(i)) + ", expected " + expected);
  }
  void expect_operand(std::size_t i, type expected) { expect_operand(i, operand(i) == expected, to_string(expected)); }
  void expect_result(bool right, const std::string& expected) {
    if (!right) fail("result is " + to_string(op_.result) + ", expected " + expected);
  }
  void expect_result(type expected) { expect_result(op_.result == expected, to_string(expected)); }
  void expect_pointer(std::size_t i) { expect_operand(i, operand(i).is_pointer(), "a pointer"); }
  void expect_alignment() {
    if (!std::has_single_bit(op_.alignment)) fail("alignment " + std::to_string(op_.alignment) + " is no power of two");
  }
  static bool storable(type t) { return !t.is_none() && !t.is_boolean(); }

  enum class domain { integer, bits, real };

  /// n operands of the result's type.
  void elementwise(std::size_t n, domain d) {
    if (!counts(n)) return;
    for (std::size_t i = 0; i < n; ++i)
      expect_operand(i, op_.result);
    switch (d) {
    case domain::integer: expect_result(op_.result.is_integer(), "integers"); break;
    case domain::bits: expect_result(op_.result.is_integer() || op_.result.is_boolean(), "integers or booleans"); break;
    case domain::real: expect_result(op_.result.is_float(), "floating point"); break;
    }
  }

  void comparison(bool real) {
    if (!counts(2)) return;
    const type a = operand(0);
    if (real)
      expect_operand(0, a.is_float(), "floating point");
    else
      expect_operand(0, a.is_integer() || a.is_boolean() || a.is_pointer(), "integers, booleans or a pointer");
    expect_operand(1, a);
    expect_result(a.is_pointer() ? type::boolean() : a.with_element(scalar_kind::boolean));
  }

  /// One number of the result's component count.
  bool conversion() {
    if (!counts(1)) return false;
    expect_operand(0, operand(0).is_number(), "a number");
    expect_result(op_.result.is_number() && op_.result.components == operand(0).components,
                  "a number of " + std::to_string(operand(0).components) + " components");
    return message_.empty();
  }
  void narrower(bool right) {
    if (!right) fail("cannot go from " + to_string(operand(0)) + " to " + to_string(op_.result));
  }
  unsigned from_width() const { return bit_width(operand(0).element); }
  unsigned to_width() const { return bit_width(op_.result.element); }

  void atomic(std::size_t operands) {
    if (!counts(operands)) return;
    expect_operand(0, operand(0).is_pointer() && operand(0).space != address_space::constant,
                   "a pointer to memory that can be written");
    const type value = operand(1);
    const bool moves = op_.code == opcode::atomic_compare_exchange || op_.atomic == atomic_operation::exchange;
    const bool wide = value.is_scalar() && (bit_width(value.element) == 32 || bit_width(value.element) == 64);
    expect_operand(1, wide && (value.is_integer() || (moves && value.is_float())), "a scalar of 32 or 64 bits");
    for (std::size_t i = 2; i < operands; ++i)
      expect_operand(i, value);
    expect_result(value);
  }

  void call() {
    const function* callee = program_.find(op_.symbol);
    if (!callee) return; // inline_calls reports it with its source location
    if (!counts(callee->parameters.size())) return;
    for (std::size_t i = 0; i < op_.operands.size(); ++i)
      expect_operand(i, callee->parameters[i].value);
    expect_result(callee->result);
  }

  void structured(std::size_t operands, std::size_t regions) {
    expect_result(type::none());
    if (op_.regions.size() != regions)
      fail("has " + std::to_string(op_.regions.size()) + " regions, expected " + std::to_string(regions));
    counts(operands);
  }

  void dispatch() {
    if (!is_structured(op_.code) && !op_.regions.empty()) return fail("has regions, expected none");
    switch (op_.code) {
    case opcode::constant: counts(0); return expect_result(!op_.result.is_none(), "a value");
    case opcode::undefined: counts(0); return expect_result(!op_.result.is_none(), "a value");
    case opcode::argument:
      counts(0);
      if (op_.index >= function_.parameters.size())
        return fail("argument " + std::to_string(op_.index) + " of " + std::to_string(function_.parameters.size()));
      return expect_result(function_.parameters[op_.index].value);
    case opcode::global_address:
      counts(0);
      if (op_.index >= program_.constants.size()) fail("constant " + std::to_string(op_.index) + " does not exist");
      return expect_result(type::pointer(address_space::constant));
    case opcode::work_item:
      counts(0);
      if (op_.index > 2) fail("dimension " + std::to_string(op_.index) + ", expected 0 to 2");
      if (op_.immediate != 0 &&
          (op_.index != 0 || (op_.query != work_item_query::global_id && op_.query != work_item_query::group_id)))
        fail("further groups are counted along dimension 0, for global and group ids");
      return expect_result(op_.query == work_item_query::work_dimensions ? type::i32() : type::i64());

    case opcode::add:
    case opcode::sub:
    case opcode::mul:
    case opcode::sdiv:
    case opcode::udiv:
    case opcode::srem:
    case opcode::urem:
    case opcode::shl:
    case opcode::lshr:
    case opcode::ashr:
    case opcode::smin:
    case opcode::smax:
    case opcode::umin:
    case opcode::umax:
    case opcode::smul_high:
    case opcode::umul_high:
    case opcode::sadd_saturate:
    case opcode::uadd_saturate:
    case opcode::ssub_saturate:
    case opcode::usub_saturate:
    case opcode::rotate_left: return elementwise(2, domain::integer);
    case opcode::bit_and:
    case opcode::bit_or:
    case opcode::bit_xor: return elementwise(2, domain::bits);
    case opcode::count_leading_zeros:
    case opcode::count_trailing_zeros:
    case opcode::population_count:
    case opcode::reverse_bits: return elementwise(1, domain::integer);
    case opcode::fadd:
    case opcode::fsub:
    case opcode::fmul:
    case opcode::fdiv:
    case opcode::fmin:
    case opcode::fmax:
    case opcode::copy_sign: return elementwise(2, domain::real);
    case opcode::fneg:
    case opcode::fabs:
    case opcode::floor:
    case opcode::ceil:
    case opcode::truncate:
    case opcode::round_even:
    case opcode::sqrt: return elementwise(1, domain::real);
    case opcode::fma:
    case opcode::fmuladd: return elementwise(3, domain::real);

    case opcode::icmp_eq:
    case opcode::icmp_ne:
    case opcode::icmp_slt:
    case opcode::icmp_sle:
    case opcode::icmp_ult:
    case opcode::icmp_ule: return comparison(false);
    case opcode::fcmp_oeq:
    case opcode::fcmp_one:
    case opcode::fcmp_olt:
    case opcode::fcmp_ole:
    case opcode::fcmp_une:
    case opcode::fcmp_ord:
    case opcode::fcmp_uno: return comparison(true);

    case opcode::int_truncate:
      if (conversion()) narrower(operand(0).is_integer() && op_.result.is_integer() && to_width() < from_width());
      return;
    case opcode::zero_extend:
    case opcode::sign_extend:
      if (conversion())
        narrower((operand(0).is_integer() || operand(0).is_boolean()) && op_.result.is_integer() &&
                 to_width() > from_width());
      return;
    case opcode::float_truncate:
      if (conversion()) narrower(operand(0).is_float() && op_.result.is_float() && to_width() < from_width());
      return;
    case opcode::float_extend:
      if (conversion()) narrower(operand(0).is_float() && op_.result.is_float() && to_width() > from_width());
      return;
    case opcode::float_to_signed:
    case opcode::float_to_unsigned:
      if (conversion()) narrower(operand(0).is_float() && op_.result.is_integer());
      return;
    case opcode::signed_to_float:
    case opcode::unsigned_to_float:
      if (conversion()) narrower(operand(0).is_integer() && op_.result.is_float());
      return;
    case opcode::bit_cast:
      if (!counts(1)) return;
      expect_operand(0, operand(0).is_number() && !operand(0).is_boolean(), "a number with a memory layout");
      return expect_result(op_.result.is_number() && !op_.result.is_boolean() &&
                               byte_size(op_.result) == byte_size(operand(0)),
                           "a number of " + std::to_string(byte_size(operand(0))) + " bytes");
    case opcode::pointer_to_int:
      if (counts(1)) expect_pointer(0);
      return expect_result(type::i64());
    case opcode::int_to_pointer:
      if (counts(1)) expect_operand(0, type::i64());
      return expect_result(op_.result.is_pointer(), "a pointer");

    case opcode::build:
      if (!op_.result.is_vector()) return expect_result(false, "a vector");
      if (!counts(op_.result.components)) return;
      for (std::size_t i = 0; i < op_.operands.size(); ++i)
        expect_operand(i, op_.result.element_type());
      return;
    case opcode::extract:
      if (!counts(1)) return;
      expect_operand(0, operand(0).is_vector(), "a vector");
      if (op_.index >= operand(0).components) fail("component " + std::to_string(op_.index) + " does not exist");
      return expect_result(operand(0).element_type());
    case opcode::extract_dynamic:
      if (!counts(2)) return;
      expect_operand(0, operand(0).is_vector(), "a vector");
      expect_operand(1, type::i32());
      return expect_result(operand(0).element_type());
    case opcode::shuffle:
      if (!counts(2)) return;
      expect_operand(0, operand(0).is_number(), "a vector");
      expect_operand(1, operand(0));
      for (const std::int32_t i : op_.indices)
        if (i < -1 || i >= 2 * operand(0).components) fail("shuffle index " + std::to_string(i) + " does not exist");
      return expect_result(type::vector(operand(0).element, static_cast<unsigned>(op_.indices.size())));
    case opcode::select:
      if (!counts(3)) return;
      expect_operand(0,
                     operand(0) == type::boolean() || (operand(0).is_boolean() && op_.result.is_number() &&
                                                       operand(0).components == op_.result.components),
                     "a boolean, or one for each component");
      expect_operand(1, op_.result);
      return expect_operand(2, op_.result);

    case opcode::variable: counts(0); return expect_result(!op_.result.is_none(), "a value type");
    case opcode::read:
      if (!counts(1)) return;
      if (op_.operands[0]->code != opcode::variable) return fail("operand 0 is no variable");
      return expect_result(operand(0));
    case opcode::write:
      if (!counts(2)) return;
      if (op_.operands[0]->code != opcode::variable) return fail("operand 0 is no variable");
      expect_operand(1, operand(0));
      return expect_result(type::none());

    case opcode::private_alloc:
      counts(0);
      if (op_.immediate < 0) fail("has a negative size");
      expect_alignment();
      return expect_result(type::pointer(address_space::private_memory));
    case opcode::local_alloc:
      counts(0);
      if (op_.immediate < 0) fail("has a negative size");
      expect_alignment();
      if (op_.parent != &function_.body) fail("stands outside of the entry region");
      return expect_result(type::pointer(address_space::local));
    case opcode::pointer_add:
      if (op_.operands.size() != 1 && !counts(2)) return;
      expect_pointer(0);
      if (op_.operands.size() == 2)
        expect_operand(1, operand(1).is_integer() && operand(1).is_scalar(), "an integer scalar");
      return expect_result(operand(0));
    case opcode::load:
      if (!counts(1)) return;
      expect_pointer(0);
      expect_alignment();
      return expect_result(storable(op_.result), "a type with a memory layout");
    case opcode::store:
      if (!counts(2)) return;
      expect_operand(0, operand(0).is_pointer() && operand(0).space != address_space::constant,
                     "a pointer to memory that can be written");
      expect_operand(1, storable(operand(1)), "a type with a memory layout");
      expect_alignment();
      return expect_result(type::none());
    case opcode::memory_copy:
      if (!counts(2)) return;
      expect_operand(0, operand(0).is_pointer() && operand(0).space != address_space::constant,
                     "a pointer to memory that can be written");
      expect_pointer(1);
      if (op_.immediate < 0) fail("has a negative size");
      expect_alignment();
      return expect_result(type::none());
    case opcode::atomic_rmw: return atomic(2);
    case opcode::atomic_compare_exchange: return atomic(3);
    case opcode::fence:
    case opcode::barrier: counts(0); return expect_result(type::none());
    case opcode::prefetch:
      if (op_.operands.empty()) return void(counts(1));
      expect_pointer(0);
      return expect_result(type::none());

    case opcode::target_function:
      if (op_.symbol.empty()) fail("names no function");
      for (std::size_t i = 0; i < op_.operands.size(); ++i)
        expect_operand(i, type::scalar(scalar_kind::f32));
      return expect_result(type::scalar(scalar_kind::f32));
    case opcode::call: return call();
    case opcode::print: return expect_result(op_.result.is_none() || op_.result == type::i32(), "none or i32");
    case opcode::if_else:
      structured(1, 2);
      if (message_.empty()) expect_operand(0, type::boolean());
      return;
    case opcode::loop: return structured(0, 3);
    case opcode::block: return structured(0, 1);
    case opcode::yield:
      if (counts(1)) expect_operand(0, type::boolean());
      return expect_result(type::none());
    case opcode::break_to:
    case opcode::continue_to: counts(0); return expect_result(type::none());
    case opcode::return_from:
      if (!counts(function_.result.is_none() ? 0 : 1)) return;
      if (!op_.operands.empty()) expect_operand(0, function_.result);
      return expect_result(type::none());
    }
  }

  const operation& op_;
  const function& function_;
  const program& program_;
  std::string message_;
};

} // namespace

std::string check_types(const operation& op, const function& f, const program& p) {
  return checker(op, f, p).run();
}

} // namespace dotcompute::ir
