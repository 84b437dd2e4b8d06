// SPDX-License-Identifier: MIT
// Geometric functions (OpenCL C 6.12.5).
#include "compiler/frontend/builtin_table.hpp"

#include <cmath>

#include <cmath>

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;

operation* product_sum(function_lowering& f, operation* a, operation* b) {
  ir::builder& build = f.build();
  operation* sum = build.binary(opcode::fmul, f.component_of(a, 0), f.component_of(b, 0));
  for (unsigned i = 1; i < a->result.components; ++i)
    sum = build.append(opcode::fmuladd, sum->result, {f.component_of(a, i), f.component_of(b, i), sum});
  return sum;
}

operation* dot(function_lowering& f, const builtin_call& call) {
  return product_sum(f, call[0], call[1]);
}

operation* cross(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation *a = call[0], *b = call[1];
  llvm::SmallVector<operation*, 4> components;
  for (unsigned i = 0; i < 3; ++i) {
    const unsigned j = (i + 1) % 3, k = (i + 2) % 3;
    operation* second = build.binary(opcode::fmul, f.component_of(a, k), f.component_of(b, j));
    operation* first = build.binary(opcode::fmul, f.component_of(a, j), f.component_of(b, k));
    components.push_back(build.binary(opcode::fsub, first, second));
  }
  if (call.result.components == 4) components.push_back(f.zero_of(call.result.element_type()));
  return build.build(components);
}

operation* largest_magnitude(function_lowering& f, operation* v) {
  ir::builder& build = f.build();
  operation* magnitudes = build.unary(opcode::fabs, v);
  operation* largest = f.component_of(magnitudes, 0);
  for (unsigned i = 1; i < v->result.components; ++i) {
    operation* next = f.component_of(magnitudes, i);
    largest = build.choose(build.compare(opcode::fcmp_olt, largest, next), next, largest);
  }
  return largest;
}

/// A power of two that brings vectors whose squares would overflow or vanish to where they do neither.
operation* safe_scale(function_lowering& f, operation* largest) {
  ir::builder& build = f.build();
  const ir::type t = largest->result;
  const bool is_double = t.element == ir::scalar_kind::f64;
  const double high = is_double ? 0x1p500 : 0x1p60, low = 1 / high;
  const double down = is_double ? 0x1p-600 : 0x1p-75, up = is_double ? 0x1p600 : 0x1p75;
  operation* too_high = build.compare(opcode::fcmp_olt, f.number(t, high), largest);
  operation* too_low = build.compare(opcode::fcmp_olt, largest, f.number(t, low));
  return build.choose(too_high, f.number(t, down), build.choose(too_low, f.number(t, up), f.number(t, 1)));
}

operation* times(function_lowering& f, operation* v, operation* factor) {
  return f.build().binary(opcode::fmul, v, f.splat_to(factor, v->result));
}

operation* length_of(function_lowering& f, operation* v, bool fast) {
  ir::builder& build = f.build();
  if (v->result.components == 1) return build.unary(opcode::fabs, v);
  if (fast || f.relaxed()) return build.unary(opcode::sqrt, product_sum(f, v, v));
  operation* scale = safe_scale(f, largest_magnitude(f, v));
  operation* scaled = times(f, v, scale);
  operation* root = build.unary(opcode::sqrt, product_sum(f, scaled, scaled));
  // Exact: the scale is a power of two.
  return build.binary(opcode::fdiv, root, scale);
}

operation* length(function_lowering& f, const builtin_call& call) {
  return length_of(f, call[0], call.entry.detail != 0);
}

operation* distance(function_lowering& f, const builtin_call& call) {
  return length_of(f, f.build().binary(opcode::fsub, call[0], call[1]), call.entry.detail != 0);
}

operation* normalize(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  operation* v = call[0];
  const ir::type t = v->result;
  const bool fast = call.entry.detail != 0 || f.relaxed();
  operation* zero = f.zero_of(t.element_type());
  operation* infinity = f.number(t, HUGE_VAL);
  operation* from = v;
  if (!fast) {
    operation* largest = largest_magnitude(f, v);
    from = times(f, v, safe_scale(f, largest));
    // Infinite components count as units beside which all others vanish.
    operation* magnitudes = build.unary(opcode::fabs, v);
    operation* is_infinite = build.compare(opcode::fcmp_oeq, magnitudes, infinity);
    operation* units = build.binary(opcode::copy_sign, build.choose(is_infinite, f.number(t, 1), f.zero_of(t)), v);
    operation* any_infinite = build.compare(opcode::fcmp_oeq, largest, f.number(t.element_type(), HUGE_VAL));
    operation* is_nan = build.compare(opcode::fcmp_uno, v, v);
    from = build.choose(any_infinite, build.choose(is_nan, v, units), from);
  }
  operation* square = product_sum(f, from, from);
  operation* root = build.unary(opcode::sqrt, square);
  operation* result = nullptr;
  if (fast) {
    operation* inverse = build.binary(opcode::fdiv, f.number(root->result, 1), root);
    inverse->flags.reciprocal = true;
    result = times(f, from, inverse);
  } else {
    result = build.binary(opcode::fdiv, from, f.splat_to(root, t));
  }
  return build.choose(build.compare(opcode::fcmp_oeq, square, zero), v, result);
}

} // namespace

void register_geometric(builtin_map& map) {
  map["dot"] = {dot};
  map["cross"] = {cross};
  map["length"] = {length, 0};
  map["distance"] = {distance, 0};
  map["normalize"] = {normalize, 0};
  map["fast_length"] = {length, 1};
  map["fast_distance"] = {distance, 1};
  map["fast_normalize"] = {normalize, 1};
}

} // namespace dotcompute::frontend
