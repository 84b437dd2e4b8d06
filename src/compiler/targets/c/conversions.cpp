// SPDX-License-Identifier: MIT
// Values of every kind: conversions, vectors, choices.
#include "compiler/targets/c/constants.hpp"
#include "compiler/targets/c/emission.hpp"

#include <algorithm>

namespace dotcompute::c_text {

using ir::opcode;
using ir::scalar_kind;

namespace {

bool is_real(scalar_kind k) {
  return k >= scalar_kind::f16;
}

/// Half precision numbers are held as their bits.
bool has_own_bits(scalar_kind k) {
  return k == scalar_kind::f32 || k == scalar_kind::f64;
}

} // namespace

expression kernel_text::conversion(const ir::operation& op, unsigned component, spelling& type) {
  const ir::operation& from = *op.operands[0];
  const scalar_kind k = op.result.is_number() ? op.result.element : scalar_kind::i64;
  const scalar_kind source = from.result.is_number() ? from.result.element : scalar_kind::i64;
  const auto operand = [&](bool is_signed) { return part(from, component, spelling::of(source, is_signed)); };
  type = spelling::of(k, false);
  switch (op.code) {
  case opcode::int_truncate: {
    type.is_signed = prefers_signed(op);
    const spelling held = values_[from.id].type;
    if (source == scalar_kind::i64 && held.held == scalar_kind::i32 && k == scalar_kind::i32)
      return part(from, component, {source, scalar_kind::i32, type.is_signed});
    return as(k, type.is_signed, operand(type.is_signed));
  }
  case opcode::zero_extend:
  case opcode::sign_extend: {
    const bool by_sign = op.code == opcode::sign_extend;
    if (source == scalar_kind::boolean) {
      type.is_signed = by_sign || prefers_signed(op);
      const expression number = as(k, type.is_signed, operand(false));
      return by_sign ? expression{"-" + number.text, binding::unary} : number;
    }
    // 32 bits stay what they are until all 64 are asked for.
    if (source == scalar_kind::i32 && k == scalar_kind::i64) {
      type = {k, scalar_kind::i32, by_sign};
      return operand(by_sign);
    }
    type.is_signed = by_sign || prefers_signed(op);
    return as(k, type.is_signed, operand(by_sign));
  }
  case opcode::float_truncate:
    if (k == scalar_kind::f16)
      return call(source == scalar_kind::f64 ? "double_to_half" : "float_to_half", {operand(false)});
    return as(k, false, operand(false));
  case opcode::float_extend: {
    const expression e = source == scalar_kind::f16 ? call("half_to_float", {operand(false)}) : operand(false);
    return k == scalar_kind::f64 ? as(k, false, e) : e;
  }
  case opcode::float_to_signed:
  case opcode::float_to_unsigned: {
    type.is_signed = op.code == opcode::float_to_signed;
    const expression e = source == scalar_kind::f16 ? call("half_to_float", {operand(false)}) : operand(false);
    const expression number =
        call(dialect_.to_integer_name(source == scalar_kind::f64, k == scalar_kind::i64, type.is_signed), {e});
    return is_small(k) ? as(k, type.is_signed, number) : number;
  }
  case opcode::signed_to_float:
  case opcode::unsigned_to_float: {
    const bool by_sign = op.code == opcode::signed_to_float;
    const spelling held = values_[from.id].type;
    const bool narrow = held.held == scalar_kind::i32 && source == scalar_kind::i64 && (!held.is_signed || by_sign);
    const expression number = narrow && from.code != opcode::constant ? part(from, component, held) : operand(by_sign);
    // Half precision in one rounding: every 32-bit integer is exact in double precision, and a larger one is beyond it.
    if (k == scalar_kind::f16) return call("double_to_half", {as(scalar_kind::f64, false, number)});
    return as(k, false, number);
  }
  default: return {"0"};
  }
}

kernel_text::value kernel_text::elementwise(const ir::operation& op) {
  value v;
  v.type = spelling::of(op.result.element, false);
  for (unsigned i = 0; i < op.result.components; ++i)
    v.parts.push_back(apply(op, i, v.type));
  return v;
}

expression kernel_text::apply(const ir::operation& op, unsigned component, spelling& type) {
  switch (op.code) {
  case opcode::fadd:
  case opcode::fsub:
  case opcode::fmul:
  case opcode::fdiv:
  case opcode::fneg:
  case opcode::fma:
  case opcode::fmuladd:
  case opcode::fabs:
  case opcode::floor:
  case opcode::ceil:
  case opcode::truncate:
  case opcode::round_even:
  case opcode::sqrt:
  case opcode::fmin:
  case opcode::fmax:
  case opcode::copy_sign:
  case opcode::target_function: return real_arithmetic(op, component);
  case opcode::icmp_eq:
  case opcode::icmp_ne:
  case opcode::icmp_slt:
  case opcode::icmp_sle:
  case opcode::icmp_ult:
  case opcode::icmp_ule:
  case opcode::fcmp_oeq:
  case opcode::fcmp_one:
  case opcode::fcmp_olt:
  case opcode::fcmp_ole:
  case opcode::fcmp_une:
  case opcode::fcmp_ord:
  case opcode::fcmp_uno: return comparison(op, component);
  case opcode::int_truncate:
  case opcode::zero_extend:
  case opcode::sign_extend:
  case opcode::float_truncate:
  case opcode::float_extend:
  case opcode::float_to_signed:
  case opcode::float_to_unsigned:
  case opcode::signed_to_float:
  case opcode::unsigned_to_float: return conversion(op, component, type);
  case opcode::select: {
    const ir::operation &condition = *op.operands[0], &yes = *op.operands[1], &no = *op.operands[2];
    if (condition.result.components == 1 && op.result.components > 1) firm(condition);
    const auto is_signed = [&](const ir::operation& o) { return values_[o.id].type.is_signed; };
    type.is_signed = op.result.is_integer() && (yes.code == opcode::constant  ? is_signed(no) || prefers_signed(op)
                                                : no.code == opcode::constant ? is_signed(yes) || prefers_signed(op)
                                                                              : is_signed(yes) && is_signed(no));
    const expression c = part(condition, component, spelling::of(scalar_kind::boolean, false));
    const expression a = part(yes, component, spelling::of(type.kind, type.is_signed));
    const expression b = part(no, component, spelling::of(type.kind, type.is_signed));
    return {bracketed(c, binding::logical_or) + " ? " + bracketed(a, binding::logical_or) + " : " +
                bracketed(b, binding::conditional),
            binding::conditional};
  }
  default: return integer_arithmetic(op, component, type);
  }
}

kernel_text::value kernel_text::bit_cast(const ir::operation& op) {
  const ir::operation& operand = *op.operands[0];
  const ir::type from = operand.result, to = op.result;
  value v;
  v.type = spelling::of(to.element, to.is_integer() && prefers_signed(op));
  const auto bits_of = [&](unsigned component) -> expression {
    const expression e = part(operand, component, spelling::of(from.element, false));
    return has_own_bits(from.element) ? dialect_.bits_of(e, from.element) : e;
  };
  const auto from_bits = [&](const expression& e) -> expression {
    if (has_own_bits(to.element)) return dialect_.real_of(e, to.element);
    return to.is_integer() && v.type.is_signed ? as(to.element, true, e) : e;
  };
  const unsigned from_width = ir::bit_width(from.element), to_width = ir::bit_width(to.element);
  if (from_width == to_width) {
    const bool same = !is_real(from.element) && !is_real(to.element);
    for (unsigned i = 0; i < to.components; ++i)
      v.parts.push_back(same ? part(operand, i, spelling::of(from.element, v.type.is_signed)) : from_bits(bits_of(i)));
    return v;
  }
  // Little endian: component i of the narrow side is bits i * narrow and up of the wide side.
  firm(operand);
  v.type.is_signed = false;
  const auto as_unsigned = [&](unsigned width, const expression& e) {
    return as(width == 8    ? scalar_kind::i8
              : width == 16 ? scalar_kind::i16
              : width == 32 ? scalar_kind::i32
                            : scalar_kind::i64,
              false, e);
  };
  if (from_width > to_width) {
    const unsigned ratio = from_width / to_width;
    for (unsigned i = 0; i < to.components; ++i) {
      expression bits = bits_of(i / ratio);
      if (const unsigned shift = i % ratio * to_width)
        bits = {bracketed(bits, binding::sum) + " >> " + std::to_string(shift), binding::shift};
      v.parts.push_back(from_bits(as_unsigned(to_width, bits)));
    }
    return v;
  }
  const unsigned ratio = to_width / from_width;
  for (unsigned i = 0; i < to.components; ++i) {
    std::string text;
    for (unsigned j = 0; j < ratio && i * ratio + j < from.components; ++j) {
      const expression piece = as_unsigned(std::max(to_width, 32u), bits_of(i * ratio + j));
      text += (j ? " | " : "") + (j ? piece.text + " << " + std::to_string(j * from_width) : piece.text);
    }
    const expression all{text, ratio == 1 ? binding::unary : binding::bit_or};
    v.parts.push_back(from_bits(to_width < 32 ? as_unsigned(to_width, all) : all));
  }
  return v;
}

kernel_text::value kernel_text::extract_dynamic(const ir::operation& op) {
  const ir::operation &vector = *op.operands[0], &index = *op.operands[1];
  firm(vector);
  firm(index);
  value v;
  v.type = values_[vector.id].type;
  const unsigned n = vector.result.components;
  const std::string at = bracketed(part(index, 0, spelling::of(scalar_kind::i32, false)), binding::unary) + " & " +
                         std::to_string(n == 3 ? 3 : n - 1);
  std::string text;
  for (unsigned i = n; i-- > 1;)
    text += "(" + at + ") == " + std::to_string(i) + " ? " + part(vector, i, v.type).text + " : ";
  v.parts = {{text + part(vector, 0, v.type).text, binding::conditional}};
  return v;
}

kernel_text::value kernel_text::evaluate(const ir::operation& op) {
  value v;
  switch (op.code) {
  case opcode::constant:
  case opcode::undefined: {
    if (op.result.is_pointer()) {
      const pointee p = pointee_of(op);
      const expression number = dialect_.literal(spelling::of(scalar_kind::i64, false), op.bits);
      return pointer_value("(" + pointer_from(number, p, op.result.space) + ")", p, false, op.result.space);
    }
    v.type = spelling::of(op.result.element, op.result.is_integer() && prefers_signed(op));
    v.parts.assign(op.result.components, dialect_.literal(v.type, op.code == opcode::constant ? op.bits : 0));
    v.is_named = true;
    return v;
  }
  case opcode::argument: return arguments_[op.index];
  case opcode::global_address: {
    const pointee p = shared_.constant_types.try_emplace(op.index, pointee_of(op)).first->second;
    return pointer_value(constant_name(dialect_, op.index, p), p, true, ir::address_space::constant);
  }
  case opcode::work_item: return values_[op.id];
  case opcode::read: {
    const ir::operation& variable = *op.operands[0];
    const std::string& name = variable_names_.at(&variable);
    if (op.result.is_pointer()) {
      v = pointer_value(name, pointee_of(variable), false, op.result.space);
    } else {
      v.type = variable_spelling(variable);
      for (unsigned i = 0; i < op.result.components; ++i)
        v.parts.push_back({op.result.is_vector() ? name + "." + component_name(op.result.components, i) : name});
    }
    v.is_named = may_alias_variable(op);
    v.needs.variables.insert(&variable);
    return v;
  }
  case opcode::pointer_add: return pointer_add(op);
  case opcode::load: return load(op);
  case opcode::bit_cast: return bit_cast(op);
  case opcode::extract: {
    const value& from = get(*op.operands[0]);
    v.type = from.type;
    v.parts = {from.parts[op.index]};
    return v;
  }
  case opcode::extract_dynamic: return extract_dynamic(op);
  case opcode::build: {
    bool is_signed = op.result.is_integer();
    for (const ir::operation* operand : op.operands)
      is_signed &= operand->code == opcode::constant || values_[operand->id].type.is_signed;
    v.type = spelling::of(op.result.element, is_signed);
    for (const ir::operation* operand : op.operands)
      v.parts.push_back(part(*operand, 0, v.type));
    return v;
  }
  case opcode::shuffle: {
    const ir::operation &a = *op.operands[0], &b = *op.operands[1];
    firm(a);
    firm(b);
    v.type = spelling::of(op.result.element, op.result.is_integer() && values_[a.id].type.is_signed);
    const auto n = static_cast<std::int32_t>(a.result.components);
    for (const std::int32_t i : op.indices)
      v.parts.push_back(i < 0 ? dialect_.literal(v.type, 0)
                              : part(i < n ? a : b, static_cast<unsigned>(i < n ? i : i - n), v.type));
    return v;
  }
  case opcode::pointer_to_int:
    v.type = spelling::of(scalar_kind::i64, false);
    v.parts = {as(scalar_kind::i64, false, pointer_text(*op.operands[0], pointee_of(*op.operands[0])))};
    return v;
  case opcode::int_to_pointer: {
    const pointee p = pointee_of(op);
    const expression number = part(*op.operands[0], 0, spelling::of(scalar_kind::i64, false));
    v = pointer_value("(" + pointer_from(number, p, op.result.space) + ")", p, false, op.result.space);
    v.is_named = false;
    return v;
  }
  case opcode::select:
    if (op.result.is_pointer()) {
      const pointee p = pointee_of(op);
      const expression c = part(*op.operands[0], 0, spelling::of(scalar_kind::boolean, false));
      const expression a = pointer_text(*op.operands[1], p), b = pointer_text(*op.operands[2], p);
      v = pointer_value("(" + bracketed(c, binding::logical_or) + " ? " + bracketed(a, binding::logical_or) + " : " +
                            bracketed(b, binding::conditional) + ")",
                        p, false, op.result.space);
      v.is_named = false;
      return v;
    }
    return elementwise(op);
  default: return elementwise(op);
  }
}

} // namespace dotcompute::c_text
