// SPDX-License-Identifier: MIT
#include "compiler/targets/opencl/spelling.hpp"

#include "compiler/targets/opencl/prelude.hpp"

namespace dotcompute::compiler::opencl {

using c_text::call;
using c_text::cast;
using c_text::expression;
using c_text::helper;
using ir::scalar_kind;

namespace {

std::string fence_flags(unsigned flags) {
  constexpr unsigned local = 1, global = 2;
  return std::string(flags & local || !(flags & global) ? "CLK_LOCAL_MEM_FENCE" : "") +
         (flags & local && flags & global ? " | " : "") + (flags & global ? "CLK_GLOBAL_MEM_FENCE" : "");
}

} // namespace

std::string_view opencl_dialect::scalar_name(scalar_kind k, bool is_signed) const {
  switch (k) {
  case scalar_kind::boolean: return "bool";
  case scalar_kind::i8: return is_signed ? "char" : "uchar";
  case scalar_kind::i16: return is_signed ? "short" : "ushort";
  case scalar_kind::i32: return is_signed ? "int" : "uint";
  case scalar_kind::i64: return is_signed ? "long" : "ulong";
  case scalar_kind::f16: return "ushort";
  case scalar_kind::f32: return "float";
  case scalar_kind::f64: return "double";
  }
  return "uchar";
}

std::string opencl_dialect::vector_name(ir::type t) const {
  const scalar_kind element = t.element == scalar_kind::boolean ? scalar_kind::i8 : t.element;
  return std::string(scalar_name(element, false)) + std::to_string(t.components);
}

std::string opencl_dialect::vector_of(ir::type t, const std::string& components) const {
  return "(" + vector_name(t) + ")(" + components + ")";
}

std::string_view opencl_dialect::qualifier(ir::address_space space) const {
  switch (space) {
  case ir::address_space::private_memory: return "";
  case ir::address_space::global: return "global ";
  case ir::address_space::local: return "local ";
  case ir::address_space::constant: return "constant ";
  }
  return "";
}

std::string opencl_dialect::aligned(unsigned bytes) const {
  return "__attribute__((aligned(" + std::to_string(bytes) + "))) ";
}

bool opencl_dialect::is_reserved_name(std::string_view name) const {
  return opencl::is_reserved_name(name);
}

expression opencl_dialect::bits_of(const expression& real, scalar_kind k) const {
  return call(k == scalar_kind::f32 ? "as_uint" : "as_ulong", {real});
}

expression opencl_dialect::real_of(const expression& bits, scalar_kind k) const {
  return call(k == scalar_kind::f32 ? "as_float" : "as_double", {bits});
}

std::string opencl_dialect::to_integer_name(bool, bool wide, bool is_signed) const {
  // These round toward zero if nothing else is said, and a number that is out of range is no undefined behaviour.
  return "convert_" + std::string(scalar_name(wide ? scalar_kind::i64 : scalar_kind::i32, is_signed));
}

std::string opencl_dialect::helper_name(helper h, scalar_kind k, bool is_signed) const {
  switch (h) {
  case helper::divide: return "divide_" + std::string(scalar_name(k, is_signed));
  case helper::modulo: return "modulo_" + std::string(scalar_name(k, is_signed));
  case helper::multiply_high: return "mul_hi";
  case helper::add_saturate: return "add_sat";
  case helper::subtract_saturate: return "sub_sat";
  case helper::opposite:
  case helper::absolute: return {};
  }
  return {};
}

std::string opencl_dialect::barrier(unsigned flags) const {
  return "barrier(" + fence_flags(flags) + ")";
}

std::string opencl_dialect::fence(unsigned flags) const {
  return "mem_fence(" + fence_flags(flags) + ")";
}

std::string opencl_dialect::atomic_name(std::optional<ir::atomic_operation> operation, bool wide) const {
  using enum ir::atomic_operation;
  const std::string start = wide ? "atom_" : "atomic_";
  if (!operation) return start + "cmpxchg";
  switch (*operation) {
  case exchange: return start + "xchg";
  case add: return start + "add";
  case sub: return start + "sub";
  case smin:
  case umin: return start + "min";
  case smax:
  case umax: return start + "max";
  case bit_and: return start + "and";
  case bit_or: return start + "or";
  case bit_xor: return start + "xor";
  }
  return {};
}

std::string opencl_dialect::load_bytes(scalar_kind k, const std::string& pointer) const {
  return "as_" + std::string(scalar_name(k, false)) + "(vload" + std::to_string(ir::byte_size(k)) + "(0, " + pointer +
         "))";
}

std::string opencl_dialect::store_bytes(scalar_kind k, const std::string& pointer, const std::string& value) const {
  const std::string n = std::to_string(ir::byte_size(k));
  // C computes with small numbers as int, which is not what has so many bytes.
  const expression whole =
      ir::byte_size(k) < 4 ? cast(scalar_name(k, false), {value, c_text::binding::conditional}) : expression{value};
  return "vstore" + n + "(as_uchar" + n + "(" + whole.text + "), 0, " + pointer + ")";
}

std::string opencl_dialect::load_elements(ir::type t, const std::string& pointer) const {
  return "vload" + std::to_string(t.components) + "(0, " + pointer + ")";
}

std::string opencl_dialect::store_elements(ir::type t, const std::string& pointer,
                                           const std::string& components) const {
  return "vstore" + std::to_string(t.components) + "(" + vector_of(t, components) + ", 0, " + pointer + ")";
}

} // namespace dotcompute::compiler::opencl
