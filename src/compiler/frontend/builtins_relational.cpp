// SPDX-License-Identifier: MIT
// Relational functions (OpenCL C 6.12.6), and shuffles (6.12.12).
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;
using ir::scalar_kind;

/// 1 for scalars, all ones for vectors.
operation* as_result(function_lowering& f, const builtin_call& call, operation* booleans) {
  return call.result.is_vector() ? f.widen_mask(booleans, call.result)
                                 : f.build().convert(opcode::zero_extend, booleans, call.result);
}

operation* compare(function_lowering& f, const builtin_call& call) {
  const bool swapped = call.entry.detail < 0;
  const auto code = static_cast<opcode>(swapped ? -call.entry.detail : call.entry.detail);
  return as_result(f, call, f.build().compare(code, call[swapped ? 1 : 0], call[swapped ? 0 : 1]));
}

enum class property : int { finite, infinite, nan, normal, sign };

/// From the bits, so that no floating-point flag can argue the answer away.
operation* classify(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool is_double = call[0]->result.element == scalar_kind::f64;
  const ir::type integers = call[0]->result.with_element(is_double ? scalar_kind::i64 : scalar_kind::i32);
  const std::uint64_t no_sign = is_double ? ~std::uint64_t{0} >> 1 : 0x7fff'ffff;
  const std::uint64_t infinity = is_double ? 0x7ff0'0000'0000'0000 : 0x7f80'0000;
  const std::uint64_t smallest = is_double ? 0x0010'0000'0000'0000 : 0x0080'0000;
  operation* bits = build.convert(opcode::bit_cast, call[0], integers);
  operation* magnitude = build.binary(opcode::bit_and, bits, build.constant_bits(integers, no_sign));
  operation* infinite = build.constant_bits(integers, infinity);
  switch (static_cast<property>(call.entry.detail)) {
  case property::finite: return as_result(f, call, build.compare(opcode::icmp_ult, magnitude, infinite));
  case property::infinite: return as_result(f, call, build.compare(opcode::icmp_eq, magnitude, infinite));
  case property::nan: return as_result(f, call, build.compare(opcode::icmp_ult, infinite, magnitude));
  case property::normal: {
    operation* above = build.binary(opcode::sub, magnitude, build.constant_bits(integers, smallest));
    return as_result(f, call,
                     build.compare(opcode::icmp_ult, above, build.constant_bits(integers, infinity - smallest)));
  }
  case property::sign: break;
  }
  return as_result(f, call, build.compare(opcode::icmp_slt, bits, f.zero_of(integers)));
}

operation* any_or_all(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation* mask = f.sign_mask(call[0]);
  operation* result = f.component_of(mask, 0);
  for (unsigned i = 1; i < mask->result.components; ++i)
    result = build.binary(call.entry.detail ? opcode::bit_and : opcode::bit_or, result, f.component_of(mask, i));
  return build.convert(opcode::zero_extend, result, call.result);
}

ir::type integers_like(ir::type t) {
  static constexpr scalar_kind by_bytes[] = {scalar_kind::i8, scalar_kind::i8,  scalar_kind::i16,
                                             scalar_kind::i8, scalar_kind::i32, scalar_kind::i8,
                                             scalar_kind::i8, scalar_kind::i8,  scalar_kind::i64};
  return t.with_element(by_bytes[ir::byte_size(t.element)]);
}

operation* bit_select(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const ir::type integers = integers_like(call.result);
  operation* a = f.reinterpret(call[0], integers);
  operation* b = f.reinterpret(call[1], integers);
  operation* c = f.reinterpret(call[2], integers);
  operation* differing = build.binary(opcode::bit_and, build.binary(opcode::bit_xor, a, b), c);
  return f.reinterpret(build.binary(opcode::bit_xor, a, differing), call.result);
}

operation* select(function_lowering& f, const builtin_call& call) {
  operation* chosen = call[2]->result.is_vector() ? f.sign_mask(call[2]) : f.to_boolean(call[2]);
  return f.build().choose(chosen, call[1], call[0]);
}

operation* shuffle(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool two = call.arguments.size() == 3;
  operation* first = call[0];
  operation* second = two ? call[1] : call[0];
  operation* mask = call.arguments.back();
  const unsigned n = first->result.components;
  const unsigned range = two ? 2 * n : n; // a power of two: three-component vectors do not shuffle
  llvm::SmallVector<std::int32_t, 16> known;
  for (unsigned i = 0; i < call.result.components; ++i) {
    const operation* position = mask->code == opcode::build ? mask->operands[i] : mask;
    if (position->code == opcode::constant) known.push_back(static_cast<std::int32_t>(position->bits & (range - 1)));
  }
  if (known.size() == call.result.components) return build.shuffle(first, second, {known.data(), known.size()});
  llvm::SmallVector<operation*, 16> components;
  for (unsigned i = 0; i < call.result.components; ++i) {
    operation* index = f.component_of(mask, i);
    if (ir::bit_width(index->result.element) != 32)
      index = build.convert(ir::bit_width(index->result.element) < 32 ? opcode::zero_extend : opcode::int_truncate,
                            index, ir::type::i32());
    operation* picked = build.append(opcode::extract_dynamic, first->result.element_type(), {first, index});
    if (two) {
      operation* other = build.append(opcode::extract_dynamic, first->result.element_type(), {second, index});
      operation* bit = build.binary(opcode::bit_and, index, build.i32(static_cast<std::int32_t>(n)));
      picked = build.choose(build.compare(opcode::icmp_eq, bit, build.i32(0)), picked, other);
    }
    components.push_back(picked);
  }
  return build.build(components);
}

} // namespace

void register_relational(builtin_map& map) {
  const auto add = [&](llvm::StringRef name, opcode code, bool swapped = false) {
    map[name] = {compare, swapped ? -static_cast<int>(code) : static_cast<int>(code)};
  };
  add("isequal", opcode::fcmp_oeq);
  add("isnotequal", opcode::fcmp_une);
  add("isgreater", opcode::fcmp_olt, true);
  add("isgreaterequal", opcode::fcmp_ole, true);
  add("isless", opcode::fcmp_olt);
  add("islessequal", opcode::fcmp_ole);
  add("islessgreater", opcode::fcmp_one);
  add("isordered", opcode::fcmp_ord);
  add("isunordered", opcode::fcmp_uno);
  map["isfinite"] = {classify, static_cast<int>(property::finite)};
  map["isinf"] = {classify, static_cast<int>(property::infinite)};
  map["isnan"] = {classify, static_cast<int>(property::nan)};
  map["isnormal"] = {classify, static_cast<int>(property::normal)};
  map["signbit"] = {classify, static_cast<int>(property::sign)};
  map["any"] = {any_or_all, 0};
  map["all"] = {any_or_all, 1};
  map["bitselect"] = {bit_select};
  map["select"] = {select};
  map["shuffle"] = {shuffle};
  map["shuffle2"] = {shuffle};
}

} // namespace dotcompute::frontend
