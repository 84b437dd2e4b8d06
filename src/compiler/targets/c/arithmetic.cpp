// SPDX-License-Identifier: MIT
// Integers and floating point numbers.
#include "compiler/targets/c/emission.hpp"

#include <algorithm>

namespace dotcompute::c_text {

using ir::opcode;
using ir::scalar_kind;

namespace {

bool is_negation_of(const ir::operation& negated, const ir::operation& number) {
  return negated.code == opcode::sub && negated.operands[1] == &number && constant_operand(negated, 0) &&
         constant_operand(negated, 0)->bits == 0;
}

std::int64_t signed_value(const ir::operation& constant) {
  const unsigned width = ir::bit_width(constant.result.element);
  return static_cast<std::int64_t>(constant.bits << (64 - width)) >> (64 - width);
}

} // namespace

/// Whether a negation may come to be compared with its number by something else than the sign.
bool kernel_text::is_weighed(const ir::operation& negation) const {
  const auto is_zero = [](const ir::operation& o) { return o.code == opcode::constant && o.bits == 0; };
  const auto& uses = uses_[negation.id];
  return std::any_of(uses.begin(), uses.end(), [&](const ir::operation* use) {
    switch (use->code) {
    case opcode::smax: return !is_negation_of(*use->operands[1], *use->operands[0]);
    case opcode::select: {
      const ir::operation& c = *use->operands[0];
      const bool by_sign = (c.code == opcode::icmp_slt || c.code == opcode::icmp_sle) &&
                           (is_zero(*c.operands[0]) || is_zero(*c.operands[1]));
      return !by_sign;
    }
    case opcode::smin:
    case opcode::icmp_slt:
    case opcode::icmp_sle:
    case opcode::write: return true;
    default: return false;
    }
  });
}

expression kernel_text::integer_arithmetic(const ir::operation& op, unsigned component, spelling& type) {
  const scalar_kind k = op.result.element;
  const bool small = is_small(k);
  const auto operand = [&](std::size_t i, bool is_signed) {
    return part(*op.operands[i], component, spelling::of(k, is_signed));
  };
  /// Numbers below 32 bits are computed with as `int` and cut back.
  const auto cut = [&](const expression& e) { return small ? as(k, type.is_signed, e) : e; };
  const auto widened = [&](std::size_t i, bool is_signed) {
    const expression e = operand(i, is_signed);
    return small ? as(scalar_kind::i32, is_signed, e) : e;
  };
  type = spelling::of(k, small ? prefers_signed(op) : wraps_nowhere_seen(op));

  switch (op.code) {
  case opcode::add:
  case opcode::sub: {
    const bool adds = op.code == opcode::add;
    if (k == scalar_kind::i32 && is_negation_of(op, *op.operands[1]) && is_weighed(op))
      if (const std::string opposite = dialect_.helper_name(helper::opposite, k, false); !opposite.empty()) {
        type.is_signed = false;
        get(*op.operands[0]);
        return call(opposite, {operand(1, false)});
      }
    const ir::operation* constant = constant_operand(op, 1);
    if (constant && !small && signed_value(*constant) < 0 && signed_value(*constant) > INT32_MIN) {
      const expression a = operand(0, type.is_signed);
      get(*constant);
      return join(
          a, adds ? "-" : "+",
          dialect_.literal(spelling::of(k, type.is_signed), static_cast<std::uint64_t>(-signed_value(*constant))),
          binding::sum);
    }
    const expression a = operand(0, type.is_signed), b = operand(1, type.is_signed);
    return cut(join(a, adds ? "+" : "-", b, binding::sum));
  }
  case opcode::mul:
    if (k == scalar_kind::i16) return cut(join(widened(0, false), "*", operand(1, false), binding::product));
    {
      const expression a = operand(0, type.is_signed), b = operand(1, type.is_signed);
      return cut(join(a, "*", b, binding::product));
    }
  case opcode::sdiv:
  case opcode::udiv:
  case opcode::srem:
  case opcode::urem: {
    type.is_signed = op.code == opcode::sdiv || op.code == opcode::srem;
    const bool remainder = op.code == opcode::srem || op.code == opcode::urem;
    const auto function = [&](scalar_kind width) {
      return dialect_.helper_name(remainder ? helper::modulo : helper::divide, width, type.is_signed);
    };
    const ir::operation* constant = constant_operand(op, 1);
    const bool is_safe = constant && signed_value(*constant) != 0 && (!type.is_signed || signed_value(*constant) != -1);
    // Of numbers that fill only 32 bits, the quotient and the remainder do so too.
    const value& dividend = values_[op.operands[0]->id];
    const value& divisor = values_[op.operands[1]->id];
    const bool half_width =
        k == scalar_kind::i64 && !type.is_signed && dividend.type.held == scalar_kind::i32 &&
        !dividend.type.is_signed &&
        (constant ? constant->bits <= 0xffffffffu : divisor.type.held == scalar_kind::i32 && !divisor.type.is_signed);
    if (half_width) {
      type.held = scalar_kind::i32;
      const expression a = part(*op.operands[0], component, type), b = part(*op.operands[1], component, type);
      return is_safe ? join(a, remainder ? "%" : "/", b, binding::product) : call(function(scalar_kind::i32), {a, b});
    }
    const expression a = widened(0, type.is_signed), b = widened(1, type.is_signed);
    return cut(is_safe ? join(a, remainder ? "%" : "/", b, binding::product)
                       : call(function(small ? scalar_kind::i32 : k), {a, b}));
  }
  case opcode::smin:
  case opcode::smax:
  case opcode::umin:
  case opcode::umax: {
    type.is_signed = op.code == opcode::smin || op.code == opcode::smax;
    const bool least = op.code == opcode::smin || op.code == opcode::umin;
    const expression a = widened(0, type.is_signed), b = widened(1, type.is_signed);
    if (op.code == opcode::smax && is_negation_of(*op.operands[1], *op.operands[0]))
      if (const std::string absolute = dialect_.helper_name(helper::absolute, k, true); !absolute.empty())
        return cut(call(absolute, {a, b}));
    return cut(call(least ? "min" : "max", {a, b}));
  }
  case opcode::smul_high:
  case opcode::umul_high: {
    type.is_signed = op.code == opcode::smul_high;
    const expression a = widened(0, type.is_signed), b = widened(1, type.is_signed);
    if (small)
      return cut(
          join(join(a, "*", b, binding::product), ">>", expression{std::to_string(ir::bit_width(k))}, binding::shift));
    return call(dialect_.helper_name(helper::multiply_high, k, type.is_signed), {a, b});
  }
  case opcode::sadd_saturate:
  case opcode::uadd_saturate:
  case opcode::ssub_saturate:
  case opcode::usub_saturate: {
    type.is_signed = op.code == opcode::sadd_saturate || op.code == opcode::ssub_saturate;
    const bool adds = op.code == opcode::sadd_saturate || op.code == opcode::uadd_saturate;
    if (!small) {
      const expression a = operand(0, type.is_signed), b = operand(1, type.is_signed);
      return call(dialect_.helper_name(adds ? helper::add_saturate : helper::subtract_saturate, k, type.is_signed),
                  {a, b});
    }
    const expression a = as(scalar_kind::i32, true, operand(0, type.is_signed)),
                     b = as(scalar_kind::i32, true, operand(1, type.is_signed));
    const int bits = static_cast<int>(ir::bit_width(k));
    const std::int64_t high = type.is_signed ? (1 << (bits - 1)) - 1 : (1 << bits) - 1;
    const std::int64_t low = type.is_signed ? -high - 1 : 0;
    return cut(call("min", {call("max", {join(a, adds ? "+" : "-", b, binding::sum),
                                         dialect_.signed_literal(scalar_kind::i32, low)}),
                            dialect_.signed_literal(scalar_kind::i32, high)}));
  }
  default: return bit_operation(op, component, type);
  }
}

expression kernel_text::bit_operation(const ir::operation& op, unsigned component, spelling& type) {
  const scalar_kind k = op.result.element;
  const bool small = is_small(k);
  const unsigned width = ir::bit_width(k);
  const auto operand = [&](std::size_t i, bool is_signed) {
    return part(*op.operands[i], component, spelling::of(k, is_signed));
  };
  const auto cut = [&](const expression& e) { return small ? as(k, type.is_signed, e) : e; };
  const auto number = [](unsigned n) { return expression{std::to_string(n)}; };
  const auto amount = [&]() -> expression {
    if (const ir::operation* c = constant_operand(op, 1)) {
      get(*c);
      return number(static_cast<unsigned>(c->bits) & (width - 1));
    }
    return {bracketed(operand(1, false), binding::unary) + " & " + std::to_string(width - 1), binding::bit_and};
  };
  const auto as_u32 = [&](const expression& e) { return small ? as(scalar_kind::i32, false, e) : e; };
  type = spelling::of(k, false);

  switch (op.code) {
  case opcode::bit_and:
  case opcode::bit_or:
  case opcode::bit_xor: {
    const bool boolean = k == scalar_kind::boolean;
    if (boolean && op.code == opcode::bit_xor)
      if (const ir::operation* c = constant_operand(op, 1); c && c->bits) {
        get(*c);
        return {"!" + bracketed(operand(0, false), binding::unary), binding::unary};
      }
    type.is_signed = !boolean && prefers_signed(op);
    const expression a = operand(0, type.is_signed), b = operand(1, type.is_signed);
    if (op.code == opcode::bit_and)
      return boolean ? join(a, "&&", b, binding::logical_and) : cut(join(a, "&", b, binding::bit_and));
    if (op.code == opcode::bit_or)
      return boolean ? join(a, "||", b, binding::logical_or) : cut(join(a, "|", b, binding::bit_or));
    return boolean ? join(a, "!=", b, binding::equality) : cut(join(a, "^", b, binding::bit_xor));
  }
  case opcode::shl: {
    const expression a = as_u32(operand(0, false));
    return cut(join(a, "<<", amount(), binding::shift));
  }
  case opcode::lshr: {
    const expression a = operand(0, false);
    return cut(join(a, ">>", amount(), binding::shift));
  }
  case opcode::ashr: {
    type.is_signed = true;
    const expression a = operand(0, true);
    return cut(join(a, ">>", amount(), binding::shift));
  }
  default: return bit_function(op, component, type);
  }
}

expression kernel_text::comparison(const ir::operation& op, unsigned component) {
  const ir::operation &left = *op.operands[0], &right = *op.operands[1];
  if (left.result.is_pointer()) {
    const expression a = pointer_text(left, {}), b = pointer_text(right, {});
    const auto number = [&](const expression& e) { return as(scalar_kind::i64, false, e); };
    const auto signed_number = [&](const expression& e) { return as(scalar_kind::i64, true, e); };
    switch (op.code) {
    case opcode::icmp_eq: return join(a, "==", b, binding::equality);
    case opcode::icmp_ne: return join(a, "!=", b, binding::equality);
    case opcode::icmp_ule: return join(number(a), "<=", number(b), binding::relation);
    case opcode::icmp_slt: return join(signed_number(a), "<", signed_number(b), binding::relation);
    case opcode::icmp_sle: return join(signed_number(a), "<=", signed_number(b), binding::relation);
    default: return join(number(a), "<", number(b), binding::relation);
    }
  }
  const scalar_kind k = left.result.element;
  const bool half = k == scalar_kind::f16;
  const auto compare = [&](bool is_signed, const char* sign, binding level) {
    spelling s = spelling::of(k, is_signed);
    // Numbers that fill only 32 bits, extended alike, compare as they are.
    const auto held = [&](const ir::operation& o, bool with_sign) {
      if (o.code == opcode::constant)
        return with_sign ? signed_value(o) >= INT32_MIN && signed_value(o) <= INT32_MAX : o.bits <= 0xffffffffu;
      const spelling& t = values_[o.id].type;
      return t.held == scalar_kind::i32 && t.is_signed == with_sign;
    };
    if (k == scalar_kind::i64) {
      // Both below 2^32: the order is the same with and without sign.
      if (held(left, false) && held(right, false))
        s = {k, scalar_kind::i32, false};
      else if (held(left, true) && held(right, true) && (is_signed || level == binding::equality))
        s = {k, scalar_kind::i32, true};
    }
    expression a = part(left, component, s), b = part(right, component, s);
    if (half) a = call("half_to_float", {a}), b = call("half_to_float", {b});
    return join(a, sign, b, level);
  };
  const auto equality = [&](const char* sign) {
    const spelling &a = values_[left.id].type, &b = values_[right.id].type;
    const bool is_signed = left.code == opcode::constant    ? b.is_signed
                           : right.code == opcode::constant ? a.is_signed
                                                            : a.is_signed && b.is_signed;
    return compare(is_signed, sign, binding::equality);
  };
  switch (op.code) {
  case opcode::icmp_eq: return equality("==");
  case opcode::icmp_ne: return equality("!=");
  case opcode::icmp_slt: return compare(true, "<", binding::relation);
  case opcode::icmp_sle: return compare(true, "<=", binding::relation);
  case opcode::icmp_ult:
  case opcode::fcmp_olt: return compare(false, "<", binding::relation);
  case opcode::icmp_ule:
  case opcode::fcmp_ole: return compare(false, "<=", binding::relation);
  case opcode::fcmp_oeq: return compare(false, "==", binding::equality);
  case opcode::fcmp_une: return compare(false, "!=", binding::equality);
  default: break;
  }
  // The rest names its operands twice.
  firm(left);
  firm(right);
  const auto self = [&](const ir::operation& o) {
    const expression e = part(o, component, spelling::of(k, false));
    return half ? call("half_to_float", {e}) : e;
  };
  const auto with_itself = [&](const ir::operation& o, const char* sign) {
    return join(self(o), sign, self(o), binding::equality);
  };
  switch (op.code) {
  case opcode::fcmp_one: {
    const expression a = self(left), b = self(right);
    return join(join(a, "<", b, binding::relation), "||", join(b, "<", a, binding::relation), binding::logical_or);
  }
  case opcode::fcmp_ord:
    if (&left == &right) return with_itself(left, "==");
    return join(with_itself(left, "=="), "&&", with_itself(right, "=="), binding::logical_and);
  default:
    if (&left == &right) return with_itself(left, "!=");
    return join(with_itself(left, "!="), "||", with_itself(right, "!="), binding::logical_or);
  }
}

} // namespace dotcompute::c_text
