// SPDX-License-Identifier: MIT
// Explicit conversions: convert_<type>[_sat][_<rounding>] (OpenCL C 6.2.3).
#include "compiler/frontend/builtin_table.hpp"
#include "compiler/frontend/rounding.hpp"

namespace dotcompute::frontend {

namespace {

using ir::opcode;
using ir::operation;

operation* resize(function_lowering& f, operation* v, ir::type to, bool from_signed) {
  const unsigned had = ir::bit_width(v->result.element), bits = ir::bit_width(to.element);
  if (had == bits) return v;
  if (bits < had) return f.build().convert(opcode::int_truncate, v, to);
  return f.build().convert(from_signed ? opcode::sign_extend : opcode::zero_extend, v, to);
}

operation* saturate_integer(function_lowering& f, operation* v, ir::type to, bool from_signed, bool to_signed) {
  ir::builder& build = f.build();
  const ir::type had_type = v->result;
  const unsigned had = ir::bit_width(had_type.element), bits = ir::bit_width(to.element);
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
  const auto maximum = static_cast<std::int64_t>(to_signed ? all >> 1 : all);
  if (from_signed) {
    if (!to_signed) v = build.binary(opcode::smax, v, f.zero_of(had_type));
    if (had > bits) {
      v = build.binary(opcode::smin, v, build.integer(had_type, maximum));
      if (to_signed) v = build.binary(opcode::smax, v, build.integer(had_type, -maximum - 1));
    }
  } else if (had > bits || (had == bits && to_signed)) {
    v = build.binary(opcode::umin, v, build.integer(had_type, maximum));
  }
  return resize(f, v, to, from_signed);
}

operation* convert(function_lowering& f, const builtin_call& call) {
  llvm::StringRef name = call.name;
  const rounding mode = take_rounding(name);
  const bool saturate = name.consume_back("_sat");
  operation* v = call[0];
  const ir::type to = call.result;
  const bool from_signed = is_signed(call.argument_type(0));
  const bool to_signed = is_signed(call.expression.getType());
  if (v->result.is_boolean())
    v = f.build().convert(opcode::zero_extend, v, v->result.with_element(ir::scalar_kind::i32));
  if (v->result.is_integer()) {
    if (to.is_float()) return integer_to_float(f, v, from_signed, to, mode);
    return saturate ? saturate_integer(f, v, to, from_signed, to_signed) : resize(f, v, to, from_signed);
  }
  if (to.is_integer()) return float_to_integer(f, v, to, to_signed, saturate, mode);
  return float_to_float(f, v, to, mode);
}

} // namespace

void register_convert(builtin_map& map) {
  for (const char* type : {"char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float", "double"})
    for (const char* components : {"", "2", "3", "4", "8", "16"})
      for (const char* saturation : {"", "_sat"})
        for (const char* mode : {"", "_rte", "_rtz", "_rtp", "_rtn"})
          map[(llvm::Twine("convert_") + type + components + saturation + mode).str()] = {convert};
}

} // namespace dotcompute::frontend
