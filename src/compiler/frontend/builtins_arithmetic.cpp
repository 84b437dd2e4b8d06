// SPDX-License-Identifier: MIT
// Integer and common functions (OpenCL C 6.12.3 and 6.12.4).
#include "compiler/frontend/builtin_table.hpp"

#include <numbers>

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;
using ir::scalar_kind;

/// Arguments with scalars widened to the shape of the result.
operation* shaped(function_lowering& f, const builtin_call& call, unsigned i) {
  return f.splat_to(call[i], call.result);
}

operation* less(function_lowering& f, operation* a, operation* b, bool sign) {
  if (a->result.is_float()) return f.build().compare(opcode::fcmp_olt, a, b);
  return f.build().compare(sign ? opcode::icmp_slt : opcode::icmp_ult, a, b);
}

operation* smaller(function_lowering& f, operation* a, operation* b, bool sign) {
  if (!a->result.is_float()) return f.build().binary(sign ? opcode::smin : opcode::umin, a, b);
  // The common functions leave NaNs open, so one comparison does.
  return f.build().choose(less(f, b, a, sign), b, a);
}

operation* larger(function_lowering& f, operation* a, operation* b, bool sign) {
  if (!a->result.is_float()) return f.build().binary(sign ? opcode::smax : opcode::umax, a, b);
  return f.build().choose(less(f, a, b, sign), b, a);
}

operation* minimum(function_lowering& f, const builtin_call& call) {
  return smaller(f, shaped(f, call, 0), shaped(f, call, 1), is_signed(call.argument_type(0)));
}

operation* maximum(function_lowering& f, const builtin_call& call) {
  return larger(f, shaped(f, call, 0), shaped(f, call, 1), is_signed(call.argument_type(0)));
}

operation* clamp(function_lowering& f, const builtin_call& call) {
  const bool sign = is_signed(call.argument_type(0));
  return smaller(f, larger(f, shaped(f, call, 0), shaped(f, call, 1), sign), shaped(f, call, 2), sign);
}

/// One IR operation; `detail` holds the signed one in its low byte, the unsigned one above.
operation* direct(function_lowering& f, const builtin_call& call) {
  const auto code =
      static_cast<opcode>(is_signed(call.argument_type(0)) ? call.entry.detail & 0xff : call.entry.detail >> 8);
  llvm::SmallVector<operation*, 2> operands;
  for (unsigned i = 0; i < call.arguments.size(); ++i)
    operands.push_back(shaped(f, call, i));
  return f.build().append(code, call.result, {operands.data(), operands.size()});
}

operation* absolute(function_lowering& f, const builtin_call& call) {
  if (!is_signed(call.argument_type(0))) return call[0];
  operation* negated = f.build().binary(opcode::sub, f.zero_of(call.result), call[0]);
  return f.build().binary(opcode::smax, call[0], negated);
}

operation* absolute_difference(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation* above = less(f, call[1], call[0], is_signed(call.argument_type(0)));
  return build.choose(above, build.binary(opcode::sub, call[0], call[1]), build.binary(opcode::sub, call[1], call[0]));
}

/// hadd and rhadd: the mean without a wider type, rounded down or up.
operation* mean(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool up = call.entry.detail != 0;
  operation* differing = build.binary(opcode::bit_xor, call[0], call[1]);
  operation* half = build.binary(is_signed(call.argument_type(0)) ? opcode::ashr : opcode::lshr, differing,
                                 build.integer(call.result, 1));
  return up ? build.binary(opcode::sub, build.binary(opcode::bit_or, call[0], call[1]), half)
            : build.binary(opcode::add, build.binary(opcode::bit_and, call[0], call[1]), half);
}

/// mul24, mad24, mad_hi. Beyond 24 bits the first two are open, so a full product will do.
operation* multiply_24(function_lowering& f, const builtin_call& call) {
  operation* product = f.build().binary(opcode::mul, call[0], call[1]);
  return call.arguments.size() == 3 ? f.build().binary(opcode::add, product, call[2]) : product;
}

operation* multiply_high_add(function_lowering& f, const builtin_call& call) {
  const opcode code = is_signed(call.argument_type(0)) ? opcode::smul_high : opcode::umul_high;
  return f.build().binary(opcode::add, f.build().binary(code, call[0], call[1]), call[2]);
}

std::int64_t largest(unsigned bits, bool sign) {
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
  return static_cast<std::int64_t>(sign ? all >> 1 : all);
}

operation* multiply_add_saturated_64(function_lowering& f, const builtin_call& call, bool sign) {
  ir::builder& build = f.build();
  operation *a = call[0], *b = call[1], *c = call[2];
  operation* low = build.binary(opcode::mul, a, b);
  operation* zero = f.zero_of(call.result);
  if (!sign) {
    operation* high = build.binary(opcode::umul_high, a, b);
    return build.choose(build.compare(opcode::icmp_eq, high, zero), build.binary(opcode::uadd_saturate, low, c),
                        build.integer(call.result, -1));
  }
  // The exact 128-bit sum; it fits when its upper half repeats the sign of the lower.
  operation* high = build.binary(opcode::smul_high, a, b);
  operation* sum = build.binary(opcode::add, low, c);
  operation* carry = build.convert(opcode::zero_extend, build.compare(opcode::icmp_ult, sum, low), call.result);
  operation* sixty_three = build.integer(call.result, 63);
  high = build.binary(opcode::add, high, build.binary(opcode::ashr, c, sixty_three));
  high = build.binary(opcode::add, high, carry);
  operation* fits = build.compare(opcode::icmp_eq, high, build.binary(opcode::ashr, sum, sixty_three));
  operation* bound =
      build.choose(build.compare(opcode::icmp_slt, high, zero), build.integer(call.result, std::int64_t{1} << 62 << 1),
                   build.integer(call.result, largest(64, true)));
  return build.choose(fits, sum, bound);
}

operation* multiply_add_saturated(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool sign = is_signed(call.argument_type(0));
  const unsigned bits = ir::bit_width(call.result.element);
  if (bits == 64) return multiply_add_saturated_64(f, call, sign);
  const ir::type wide = call.result.with_element(bits == 32 ? scalar_kind::i64 : scalar_kind::i32);
  const auto widen = [&](unsigned i) {
    return build.convert(sign ? opcode::sign_extend : opcode::zero_extend, call[i], wide);
  };
  operation* sum = build.binary(opcode::add, build.binary(opcode::mul, widen(0), widen(1)), widen(2));
  sum = build.binary(sign ? opcode::smin : opcode::umin, sum, build.integer(wide, largest(bits, sign)));
  if (sign) sum = build.binary(opcode::smax, sum, build.integer(wide, -largest(bits, true) - 1));
  return build.convert(opcode::int_truncate, sum, call.result);
}

operation* upsample(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const unsigned bits = ir::bit_width(call[0]->result.element);
  operation* high = build.convert(opcode::zero_extend, call[0], call.result);
  operation* low = build.convert(opcode::zero_extend, call[1], call.result);
  return build.binary(opcode::bit_or, build.binary(opcode::shl, high, build.integer(call.result, bits)), low);
}

operation* mix(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation* x = shaped(f, call, 0);
  operation* difference = build.binary(opcode::fsub, shaped(f, call, 1), x);
  return build.append(opcode::fmuladd, call.result, {difference, shaped(f, call, 2), x});
}

operation* step(function_lowering& f, const builtin_call& call) {
  operation* below = less(f, shaped(f, call, 1), shaped(f, call, 0), true);
  return f.build().choose(below, f.zero_of(call.result), f.number(call.result, 1));
}

operation* smoothstep(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation* low = shaped(f, call, 0);
  operation* t = build.binary(opcode::fdiv, build.binary(opcode::fsub, shaped(f, call, 2), low),
                              build.binary(opcode::fsub, shaped(f, call, 1), low));
  t = smaller(f, larger(f, t, f.zero_of(call.result), true), f.number(call.result, 1), true);
  operation* slope =
      build.append(opcode::fmuladd, call.result, {f.number(call.result, -2), t, f.number(call.result, 3)});
  return build.binary(opcode::fmul, build.binary(opcode::fmul, t, t), slope);
}

/// 1, -1, a zero as it is, and 0 for NaN.
operation* sign_of(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation* zero = f.zero_of(call.result);
  operation* unit = build.binary(opcode::copy_sign, f.number(call.result, 1), call[0]);
  operation* of_number = build.choose(build.compare(opcode::fcmp_oeq, call[0], zero), call[0], unit);
  return build.choose(build.compare(opcode::fcmp_uno, call[0], call[0]), zero, of_number);
}

operation* change_angle(function_lowering& f, const builtin_call& call) {
  const double factor = call.entry.detail ? std::numbers::pi / 180 : 180 / std::numbers::pi;
  return f.build().binary(opcode::fmul, call[0], f.number(call.result, factor));
}

constexpr int pair(opcode sign, opcode no_sign) {
  return static_cast<int>(sign) | static_cast<int>(no_sign) << 8;
}
constexpr int same(opcode code) {
  return pair(code, code);
}

} // namespace

void register_arithmetic(builtin_map& map) {
  map["min"] = {minimum};
  map["max"] = {maximum};
  map["clamp"] = {clamp};
  map["abs"] = {absolute};
  map["abs_diff"] = {absolute_difference};
  map["add_sat"] = {direct, pair(opcode::sadd_saturate, opcode::uadd_saturate)};
  map["sub_sat"] = {direct, pair(opcode::ssub_saturate, opcode::usub_saturate)};
  map["mul_hi"] = {direct, pair(opcode::smul_high, opcode::umul_high)};
  map["rotate"] = {direct, same(opcode::rotate_left)};
  map["clz"] = {direct, same(opcode::count_leading_zeros)};
  map["ctz"] = {direct, same(opcode::count_trailing_zeros)};
  map["popcount"] = {direct, same(opcode::population_count)};
  map["hadd"] = {mean, 0};
  map["rhadd"] = {mean, 1};
  map["mul24"] = {multiply_24};
  map["mad24"] = {multiply_24};
  map["mad_hi"] = {multiply_high_add};
  map["mad_sat"] = {multiply_add_saturated};
  map["upsample"] = {upsample};
  map["mix"] = {mix};
  map["step"] = {step};
  map["smoothstep"] = {smoothstep};
  map["sign"] = {sign_of};
  map["degrees"] = {change_angle, 0};
  map["radians"] = {change_angle, 1};
}

} // namespace dotcompute::frontend
