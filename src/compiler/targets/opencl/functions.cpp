// SPDX-License-Identifier: MIT
// Arithmetic for which OpenCL C has functions of its own.
#include "compiler/targets/opencl/opencl_kernel.hpp"

namespace dotcompute::compiler::opencl {

using c_text::binding;
using c_text::bracketed;
using c_text::call;
using c_text::expression;
using c_text::join;
using c_text::spelling;
using ir::opcode;
using ir::scalar_kind;

expression opencl_kernel::bit_function(const ir::operation& op, unsigned component, spelling& type) {
  const scalar_kind k = op.result.element;
  const bool small = c_text::is_small(k);
  const unsigned width = ir::bit_width(k);
  const std::string suffix = k == scalar_kind::i64 ? "_ulong" : "_uint";
  const auto operand = [&](std::size_t i) { return part(*op.operands[i], component, spelling::of(k, false)); };
  const auto cut = [&](const expression& e) { return small ? as(k, false, e) : e; };
  const auto widened = [&] { return small ? as(scalar_kind::i32, false, operand(0)) : operand(0); };
  const expression unused_bits{std::to_string(32 - width)};
  type = spelling::of(k, false);

  switch (op.code) {
  case opcode::rotate_left: {
    // Of the numbers' own type, which C's promotions do not keep.
    const expression a = cut(operand(0)), amount = cut(operand(1));
    return call("rotate", {a, amount});
  }
  case opcode::count_leading_zeros: {
    const expression all = call("clz", {widened()});
    return small ? cut(join(all, "-", unused_bits, binding::sum)) : all;
  }
  case opcode::count_trailing_zeros: {
    expression a = widened();
    // A bit above the number ends the count of a zero.
    if (small) a = {bracketed(a, binding::unary) + " | " + std::to_string(1u << width) + "u", binding::bit_or};
    return cut(call("trailing_zeros" + suffix, {a}));
  }
  case opcode::population_count: return cut(call("popcount", {widened()}));
  case opcode::reverse_bits: {
    const expression all = call("reverse_bits" + suffix, {widened()});
    return small ? cut(join(all, ">>", unused_bits, binding::shift)) : all;
  }
  default: throw c_text::unprintable(op.location, "OpenCL C has nothing for " + std::string(ir::name(op.code)));
  }
}

expression opencl_kernel::real_arithmetic(const ir::operation& op, unsigned component) {
  const scalar_kind k = op.result.element;
  const bool half = k == scalar_kind::f16;
  const auto operand = [&](std::size_t i) {
    const expression e = part(*op.operands[i], component, spelling::of(k, false));
    return half ? call("half_to_float", {e}) : e;
  };
  // Rounding a single precision result to half precision is the same as rounding once: 24 bits are at least 2 * 11 + 2.
  const auto done = [&](const expression& e) { return half ? call("float_to_half", {e}) : e; };
  const auto infix = [&](const char* sign, binding level) {
    const expression a = operand(0), b = operand(1);
    return done(join(a, sign, b, level));
  };
  const auto unary = [&](const char* name) { return done(call(name, {operand(0)})); };
  const auto binary = [&](const char* name) {
    const expression a = operand(0), b = operand(1);
    return done(call(name, {a, b}));
  };
  const auto ternary = [&](const char* name) {
    const expression a = operand(0), b = operand(1), c = operand(2);
    return done(call(name, {a, b, c}));
  };
  switch (op.code) {
  case opcode::fadd: return infix("+", binding::sum);
  case opcode::fsub: return infix("-", binding::sum);
  case opcode::fmul: return infix("*", binding::product);
  case opcode::fdiv: {
    // Only where division may be approximate: some libraries' rsqrt() differs from the two operations in the last bit.
    const ir::operation* const root = half || !op.flags.approximate ? nullptr : c_text::reciprocal_root(op);
    if (root && values_[root->id].is_pending) {
      get(*op.operands[0]);
      const std::string& text = get(*root).parts[component].text;
      if (text.starts_with("sqrt")) return {"r" + text};
    }
    return infix("/", binding::product);
  }
  case opcode::fneg: {
    const std::string text = bracketed(operand(0), binding::unary);
    return done({text[0] == '-' ? "-(" + text + ")" : "-" + text, binding::unary});
  }
  case opcode::fma: return ternary("fma");
  case opcode::fmuladd: return ternary(k == scalar_kind::f64 ? "multiply_add_double" : "multiply_add_float");
  case opcode::fabs: return unary("fabs");
  case opcode::floor: return unary("floor");
  case opcode::ceil: return unary("ceil");
  case opcode::truncate: return unary("trunc");
  case opcode::round_even: return unary("rint");
  case opcode::sqrt: return unary("sqrt");
  case opcode::fmin: return binary("fmin");
  case opcode::fmax: return binary("fmax");
  case opcode::copy_sign: return binary("copysign");
  default: throw c_text::unprintable(op.location, "OpenCL C has no function " + op.symbol);
  }
}

} // namespace dotcompute::compiler::opencl
