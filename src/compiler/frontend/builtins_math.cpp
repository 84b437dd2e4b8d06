// SPDX-License-Identifier: MIT
// Mathematical functions (OpenCL C 6.12.2): a few are IR operations, all others are the builtin library's.
#include "compiler/builtins/builtins.hpp"
#include "compiler/frontend/builtin_table.hpp"

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;

constexpr ir::float_flags approximately{.reciprocal = true, .contract = true, .approximate = true};

operation* elementwise(function_lowering& f, const builtin_call& call) {
  llvm::SmallVector<operation*, 3> operands;
  for (operation* argument : call.arguments)
    operands.push_back(f.splat_to(argument, call.result));
  return f.build().append(static_cast<opcode>(call.entry.detail), call.result, {operands.data(), operands.size()});
}

operation* elementwise_approximately(function_lowering& f, const builtin_call& call) {
  operation* result = elementwise(f, call);
  result->flags = approximately;
  return result;
}

operation* reciprocal(function_lowering& f, const builtin_call& call) {
  operation* result = f.build().binary(opcode::fdiv, f.number(call.result, 1), call[0]);
  result->flags = approximately;
  return result;
}

/// The best of the library's definitions for the accuracy that is asked for; empty when it has none.
std::string library_name(function_lowering& f, const builtin_call& call) {
  llvm::StringRef name = call.name;
  const bool native = name.consume_front("native_");
  const bool half = name.consume_front("half_");
  const std::string rest = (name + "_" + library_suffix(call.argument_type(0))).str();
  llvm::SmallVector<std::string, 4> candidates;
  if (native) candidates.push_back("__dc_native_" + rest);
  if (half) candidates.push_back("__dc_half_" + rest);
  if (native || half || f.relaxed()) candidates.push_back("__dc_relaxed_" + rest);
  candidates.push_back("__dc_" + rest);
  for (std::string& candidate : candidates)
    if (builtins::find(candidate)) return std::move(candidate);
  f.error(&call.expression, "the builtin library lacks '" + call.name + "' for '" +
                                call.argument_type(0).getUnqualifiedType().getAsString() + "'");
  return {};
}

operation* from_library(function_lowering& f, const builtin_call& call) {
  const std::string name = library_name(f, call);
  return name.empty() ? f.undefined(call.result) : f.per_component(name, call.result, call.arguments);
}

/// Where it may be approximate, a division that is marked so: with the root that it divides by it is one instruction of
/// several targets.
operation* reciprocal_root(function_lowering& f, const builtin_call& call) {
  if (call.name == "rsqrt" && !f.relaxed()) return from_library(f, call);
  operation* root = f.build().unary(opcode::sqrt, call[0]);
  operation* result = f.build().binary(opcode::fdiv, f.number(call.result, 1), root);
  result->flags = approximately;
  return result;
}

/// fract, modf, frexp, sincos, remquo, lgamma_r: the last argument points to a second result. The library writes it to
/// private memory of its own; from there it goes where the caller wants it.
operation* with_second_result(function_lowering& f, const builtin_call& call) {
  const std::string name = library_name(f, call);
  if (name.empty()) return f.undefined(call.result);
  ir::builder& build = f.build();
  operation* destination = call.arguments.back();
  const clang::QualType type = call.argument_type(static_cast<unsigned>(call.arguments.size()) - 1)->getPointeeType();
  const ir::type second = map_value(type, f.context()).value_or(call.result);
  const unsigned bytes = ir::byte_size(second.element);
  operation* memory = build.allocate(opcode::private_alloc, bytes, bytes, "second");
  llvm::SmallVector<operation*, 16> firsts, seconds;
  for (unsigned i = 0; i < call.result.components; ++i) {
    llvm::SmallVector<operation*, 3> arguments;
    for (unsigned a = 0; a + 1 < call.arguments.size(); ++a)
      arguments.push_back(f.component_of(call[a], i));
    arguments.push_back(memory);
    firsts.push_back(f.library_call(name, call.result.element_type(), arguments));
    seconds.push_back(build.load(memory, second.element_type(), bytes));
  }
  build.store(destination, f.assemble(seconds), f.align_of(type));
  return f.assemble(firsts);
}

operation* nan_of(function_lowering& f, const builtin_call& call) {
  ir::builder& build = f.build();
  const bool is_double = call.result.element == ir::scalar_kind::f64;
  const ir::type integers = call[0]->result;
  const std::uint64_t quiet = is_double ? 0x7ff8'0000'0000'0000 : 0x7fc0'0000;
  const std::uint64_t payload = is_double ? 0x0007'ffff'ffff'ffff : 0x003f'ffff;
  operation* code = build.binary(opcode::bit_and, call[0], build.constant_bits(integers, payload));
  return f.reinterpret(build.binary(opcode::bit_or, code, build.constant_bits(integers, quiet)), call.result);
}

} // namespace

void register_math(builtin_map& map) {
  const auto add = [&](llvm::StringRef name, opcode code) { map[name] = {elementwise, static_cast<int>(code)}; };
  add("fma", opcode::fma);
  add("mad", opcode::fmuladd);
  add("fabs", opcode::fabs);
  add("floor", opcode::floor);
  add("ceil", opcode::ceil);
  add("trunc", opcode::truncate);
  add("rint", opcode::round_even);
  add("sqrt", opcode::sqrt);
  add("fmin", opcode::fmin);
  add("fmax", opcode::fmax);
  add("copysign", opcode::copy_sign);
  for (const char* prefix : {"native_", "half_"}) {
    const std::string p = prefix;
    map[p + "sqrt"] = {elementwise_approximately, static_cast<int>(opcode::sqrt)};
    map[p + "divide"] = {elementwise_approximately, static_cast<int>(opcode::fdiv)};
    map[p + "recip"] = {reciprocal};
    map[p + "rsqrt"] = {reciprocal_root};
    for (const char* name : {"cos", "exp", "exp2", "exp10", "log", "log2", "log10", "powr", "sin", "tan"})
      map[p + name] = {from_library};
  }
  for (const char* name :
       {"acos",    "acosh", "acospi", "asin",   "asinh",     "asinpi", "atan",   "atan2", "atanh",     "atanpi",
        "atan2pi", "cbrt",  "cos",    "cosh",   "cospi",     "erfc",   "erf",    "exp",   "exp2",      "exp10",
        "expm1",   "fdim",  "fmod",   "hypot",  "ilogb",     "ldexp",  "lgamma", "log",   "log2",      "log10",
        "log1p",   "logb",  "maxmag", "minmag", "nextafter", "pow",    "pown",   "powr",  "remainder", "rootn",
        "round",   "sin",   "sinh",   "sinpi",  "tan",       "tanh",   "tanpi",  "tgamma"})
    map[name] = {from_library};
  map["rsqrt"] = {reciprocal_root};
  for (const char* name : {"fract", "modf", "frexp", "sincos", "remquo", "lgamma_r"})
    map[name] = {with_second_result};
  map["nan"] = {nan_of};
}

} // namespace dotcompute::frontend
