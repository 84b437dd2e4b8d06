// SPDX-License-Identifier: MIT
// Arithmetic for which CUDA has functions of its own.
#include "compiler/targets/cuda/cuda_kernel.hpp"

namespace dotcompute::cuda {

using c_text::binding;
using c_text::bracketed;
using c_text::call;
using c_text::cast;
using c_text::constant_operand;
using c_text::expression;
using c_text::join;
using c_text::spelling;
using ir::opcode;
using ir::scalar_kind;

namespace {

constexpr std::string_view exact_root = "__fsqrt_rn";

} // namespace

expression cuda_kernel::bit_function(const ir::operation& op, unsigned component, spelling& type) {
  const scalar_kind k = op.result.element;
  const bool small = c_text::is_small(k), wide = k == scalar_kind::i64;
  const unsigned width = ir::bit_width(k);
  const auto operand = [&](std::size_t i, bool is_signed) {
    return part(*op.operands[i], component, spelling::of(k, is_signed));
  };
  const auto cut = [&](const expression& e) { return small ? as(k, false, e) : e; };
  const auto number = [](unsigned n) { return expression{std::to_string(n)}; };
  const auto as_u32 = [&](const expression& e) { return small ? cast("u32", e) : e; };
  type = spelling::of(k, false);

  switch (op.code) {
  case opcode::rotate_left: {
    expression a = operand(0, false);
    if (small) a = as(k, false, a);
    const ir::operation* c = constant_operand(op, 1);
    if (c) get(*c);
    return call("rotate_left", {a, c               ? number(static_cast<unsigned>(c->bits) & (width - 1))
                                   : small || wide ? cast("u32", operand(1, false))
                                                   : operand(1, false)});
  }
  case opcode::count_leading_zeros: {
    if (wide) return cast("u64", call("__clzll", {operand(0, true)}));
    const expression all = call("__clz", {small ? cast("int", operand(0, false)) : operand(0, true)});
    if (small) return cut(join(all, "-", number(32 - width), binding::sum));
    return cast("u32", all);
  }
  case opcode::count_trailing_zeros: {
    if (wide) return cast("u64", call("__clzll", {cast("i64", call("__brevll", {operand(0, false)}))}));
    expression a = operand(0, false);
    // A bit above the number ends the count of a zero.
    if (small)
      a = {"(u32)" + bracketed(a, binding::unary) + " | " + std::to_string(1u << width) + "u", binding::bit_or};
    const expression all = call("__clz", {cast("int", call("__brev", {a}))});
    return small ? cut(all) : cast("u32", all);
  }
  case opcode::population_count:
    if (wide) return cast("u64", call("__popcll", {operand(0, false)}));
    return as(k, false, call("__popc", {as_u32(operand(0, false))}));
  case opcode::reverse_bits:
    if (wide) return call("__brevll", {operand(0, false)});
    if (small) return cut(join(call("__brev", {as_u32(operand(0, false))}), ">>", number(32 - width), binding::shift));
    return call("__brev", {operand(0, false)});
  default: return {"0"};
  }
}

expression cuda_kernel::real_arithmetic(const ir::operation& op, unsigned component) {
  const scalar_kind k = op.result.element;
  const bool half = k == scalar_kind::f16, single = k == scalar_kind::f32 || half;
  const auto operand = [&](std::size_t i) {
    const expression e = part(*op.operands[i], component, spelling::of(k, false));
    return half ? call("half_to_float", {e}) : e;
  };
  const auto function = [&](const char* f32, const char* f64) { return std::string(single ? f32 : f64); };
  const auto done = [&](const expression& e) { return half ? call("float_to_half", {e}) : e; };
  // Rounding a single precision result to half precision is the same as rounding once: 24 bits are at least 2 * 11 + 2.
  const auto unary = [&](const char* f32, const char* f64) { return done(call(function(f32, f64), {operand(0)})); };
  const auto binary = [&](const char* f32, const char* f64) {
    const expression a = operand(0), b = operand(1);
    return done(call(function(f32, f64), {a, b}));
  };
  const auto infix = [&](const char* sign, binding level) {
    const expression a = operand(0), b = operand(1);
    return done(join(a, sign, b, level));
  };
  /// Where NVRTC may fuse products with sums, those that must not fuse are CUDA's functions that never do.
  const auto sum_or_product = [&](const char* sign, binding level, const char* f32, const char* f64) {
    const bool exact = shared_.program.floats.contract && !op.flags.contract && !half;
    return exact ? binary(f32, f64) : infix(sign, level);
  };

  switch (op.code) {
  case opcode::fadd: return sum_or_product("+", binding::sum, "__fadd_rn", "__dadd_rn");
  case opcode::fsub: return sum_or_product("-", binding::sum, "__fsub_rn", "__dsub_rn");
  case opcode::fmul: return sum_or_product("*", binding::product, "__fmul_rn", "__dmul_rn");
  case opcode::fdiv: {
    const ir::operation* const divisor = half ? nullptr : c_text::reciprocal_root(op);
    if (divisor && values_[divisor->id].is_pending) {
      get(*op.operands[0]);
      const std::string& root = get(*divisor).parts[component].text;
      if (root.starts_with("sqrt")) return {"r" + root};
      if (root.starts_with(exact_root)) return {"rsqrtf" + root.substr(exact_root.size())};
    }
    if (op.flags.approximate && k == scalar_kind::f32) return binary("__fdividef", "");
    return infix("/", binding::product);
  }
  case opcode::fneg: {
    const expression e = operand(0);
    const std::string text = bracketed(e, binding::unary);
    return done({text[0] == '-' ? "-(" + text + ")" : "-" + text, binding::unary});
  }
  case opcode::fma:
  case opcode::fmuladd: {
    const expression a = operand(0), b = operand(1), c = operand(2);
    return done(call(function("fmaf", "fma"), {a, b, c}));
  }
  case opcode::fabs: return unary("fabsf", "fabs");
  case opcode::floor: return unary("floorf", "floor");
  case opcode::ceil: return unary("ceilf", "ceil");
  case opcode::truncate: return unary("truncf", "trunc");
  case opcode::round_even: return unary("rintf", "rint");
  case opcode::sqrt:
    // Without --prec-sqrt, sqrtf() is the approximate one.
    if (shared_.program.floats.approximate && single)
      return op.flags.approximate ? unary("sqrtf", "") : unary(exact_root.data(), "");
    // 1 / (1 / sqrt(x)) is right for zero and infinity, too, and stays far from what __fdividef cannot divide by.
    if (op.flags.approximate && k == scalar_kind::f32)
      return call("__fdividef", {{"1.0f"}, call("rsqrtf", {operand(0)})});
    return unary("sqrtf", "sqrt");
  case opcode::fmin: return binary("fminf", "fmin");
  case opcode::fmax: return binary("fmaxf", "fmax");
  case opcode::copy_sign: return binary("copysignf", "copysign");
  case opcode::target_function: {
    expression e{op.symbol + "("};
    for (std::size_t i = 0; i < op.operands.size(); ++i)
      e.text += (i ? ", " : "") + operand(i).text;
    e.text += ")";
    return e;
  }
  default: return {"0"};
  }
}

} // namespace dotcompute::cuda
