// SPDX-License-Identifier: MIT
#include "compiler/frontend/rounding.hpp"

#include <cmath>

namespace dotcompute::frontend {

using ir::opcode;
using ir::operation;
using ir::scalar_kind;

rounding take_rounding(llvm::StringRef& name) {
  if (name.consume_back("_rte")) return rounding::to_nearest_even;
  if (name.consume_back("_rtz")) return rounding::toward_zero;
  if (name.consume_back("_rtp")) return rounding::upward;
  if (name.consume_back("_rtn")) return rounding::downward;
  return rounding::unspecified;
}

static ir::type bits_of(ir::type t) {
  return t.with_element(t.element == scalar_kind::f64   ? scalar_kind::i64
                        : t.element == scalar_kind::f32 ? scalar_kind::i32
                                                        : scalar_kind::i16);
}

/// The neighbour of `v` away from zero (`outward`) or toward it. Floating-point numbers of one sign are ordered as
/// their bits, so that is one more or one less.
static operation* neighbour(function_lowering& f, operation* v, bool outward) {
  ir::builder& build = f.build();
  const ir::type integers = bits_of(v->result);
  operation* bits = build.convert(opcode::bit_cast, v, integers);
  return build.convert(opcode::bit_cast, build.binary(opcode::add, bits, build.integer(integers, outward ? 1 : -1)),
                       v->result);
}

static operation* is_negative(function_lowering& f, operation* v) {
  operation* bits = f.build().convert(opcode::bit_cast, v, bits_of(v->result));
  return f.build().compare(opcode::icmp_slt, bits, f.zero_of(bits->result));
}

/// Corrects a value rounded to nearest, knowing whether it lies below or above what it stands for.
static operation* correct(function_lowering& f, operation* rounded, operation* below, operation* above, rounding mode) {
  ir::builder& build = f.build();
  operation* negative = is_negative(f, rounded);
  operation* outward = neighbour(f, rounded, true);
  operation* inward = neighbour(f, rounded, false);
  switch (mode) {
  case rounding::upward: return build.choose(below, build.choose(negative, inward, outward), rounded);
  case rounding::downward: return build.choose(above, build.choose(negative, outward, inward), rounded);
  case rounding::toward_zero: return build.choose(build.choose(negative, below, above), inward, rounded);
  default: return rounded;
  }
}

operation* round_to_integer_value(function_lowering& f, operation* v, rounding mode) {
  switch (mode) {
  case rounding::to_nearest_even: return f.build().unary(opcode::round_even, v);
  case rounding::upward: return f.build().unary(opcode::ceil, v);
  case rounding::downward: return f.build().unary(opcode::floor, v);
  default: return v; // the conversion itself goes toward zero
  }
}

operation* float_to_integer(function_lowering& f, operation* v, ir::type to, bool sign, bool saturate, rounding mode) {
  ir::builder& build = f.build();
  operation* whole = round_to_integer_value(f, v, mode);
  operation* converted = build.convert(sign ? opcode::float_to_signed : opcode::float_to_unsigned, whole, to);
  if (!saturate) return converted;
  const int bits = static_cast<int>(ir::bit_width(to.element));
  const double beyond = std::ldexp(1.0, sign ? bits - 1 : bits);
  operation* too_high = build.compare(opcode::fcmp_ole, f.number(v->result, beyond), whole);
  operation* too_low = sign ? build.compare(opcode::fcmp_olt, whole, f.number(v->result, -beyond))
                            : build.compare(opcode::fcmp_olt, whole, f.zero_of(v->result));
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
  const std::uint64_t maximum = sign ? all >> 1 : all;
  const std::uint64_t minimum = sign ? (all >> 1) + 1 : 0;
  operation* result = build.choose(too_high, build.constant_bits(to, maximum), converted);
  result = build.choose(too_low, build.constant_bits(to, minimum), result);
  return build.choose(build.compare(opcode::fcmp_uno, v, v), f.zero_of(to), result);
}

operation* integer_to_float(function_lowering& f, operation* v, bool sign, ir::type to, rounding mode) {
  ir::builder& build = f.build();
  const opcode code = sign ? opcode::signed_to_float : opcode::unsigned_to_float;
  operation* rounded = build.convert(code, v, to);
  const unsigned digits = to.element == scalar_kind::f64 ? 53 : to.element == scalar_kind::f32 ? 24 : 11;
  if (mode == rounding::unspecified || mode == rounding::to_nearest_even || ir::bit_width(v->result.element) <= digits)
    return rounded;
  // The rounded value as an integer again, wide enough unless rounding went up to a power of two beyond it.
  const ir::type wide = v->result.with_element(scalar_kind::i64);
  operation* exact = v->result == wide ? v : build.convert(sign ? opcode::sign_extend : opcode::zero_extend, v, wide);
  operation* back = build.convert(sign ? opcode::float_to_signed : opcode::float_to_unsigned, rounded, wide);
  operation* beyond = build.compare(opcode::fcmp_ole, f.number(to, std::ldexp(1.0, sign ? 63 : 64)), rounded);
  const opcode less = sign ? opcode::icmp_slt : opcode::icmp_ult;
  operation* above = build.binary(opcode::bit_or, beyond, build.compare(less, exact, back));
  operation* below = build.binary(opcode::bit_and, f.invert(beyond), build.compare(less, back, exact));
  return correct(f, rounded, below, above, mode);
}

operation* float_to_float(function_lowering& f, operation* v, ir::type to, rounding mode) {
  ir::builder& build = f.build();
  const unsigned had = ir::bit_width(v->result.element), bits = ir::bit_width(to.element);
  if (had == bits) return v;
  if (had < bits) return build.convert(opcode::float_extend, v, to);
  if (had == 64 && bits == 16) {
    // By way of float rounded to odd: an inexact value never looks like a half or half-way between two.
    const ir::type single = to.with_element(scalar_kind::f32);
    operation* cut = float_to_float(f, v, single, rounding::toward_zero);
    operation* differs = build.compare(opcode::fcmp_one, build.convert(opcode::float_extend, cut, v->result), v);
    operation* odd = build.convert(opcode::zero_extend, differs, bits_of(single));
    operation* sticky = build.binary(opcode::bit_or, build.convert(opcode::bit_cast, cut, bits_of(single)), odd);
    return float_to_float(f, build.convert(opcode::bit_cast, sticky, single), to, mode);
  }
  operation* rounded = build.convert(opcode::float_truncate, v, to);
  if (mode == rounding::unspecified || mode == rounding::to_nearest_even) return rounded;
  operation* back = build.convert(opcode::float_extend, rounded, v->result);
  return correct(f, rounded, build.compare(opcode::fcmp_olt, back, v), build.compare(opcode::fcmp_olt, v, back), mode);
}

} // namespace dotcompute::frontend
