// SPDX-License-Identifier: MIT
#include "compiler/targets/cuda/spelling.hpp"

#include "compiler/targets/c/words.hpp"
#include "compiler/targets/cuda/prelude.hpp"

#include <array>

namespace dotcompute::cuda {

using c_text::call;
using c_text::cast;
using c_text::expression;
using c_text::helper;
using ir::scalar_kind;

namespace {

constexpr std::array vector_elements{scalar_kind::boolean, scalar_kind::i8,  scalar_kind::i16, scalar_kind::i32,
                                     scalar_kind::i64,     scalar_kind::f32, scalar_kind::f64};

std::string_view element_prefix(scalar_kind k) {
  switch (k) {
  case scalar_kind::boolean: return "bool";
  case scalar_kind::i8: return "u8";
  case scalar_kind::i16:
  case scalar_kind::f16: return "u16";
  case scalar_kind::i32: return "u32";
  case scalar_kind::i64: return "u64";
  case scalar_kind::f32: return "f32";
  case scalar_kind::f64: return "f64";
  }
  return "u8";
}

} // namespace

std::string_view cuda_dialect::scalar_name(scalar_kind k, bool is_signed) const {
  switch (k) {
  case scalar_kind::boolean: return "bool";
  case scalar_kind::i8: return is_signed ? "i8" : "u8";
  case scalar_kind::i16: return is_signed ? "i16" : "u16";
  case scalar_kind::i32: return is_signed ? "int" : "u32";
  case scalar_kind::i64: return is_signed ? "i64" : "u64";
  case scalar_kind::f16: return "u16";
  case scalar_kind::f32: return "float";
  case scalar_kind::f64: return "double";
  }
  return "u8";
}

std::string cuda_dialect::vector_name(ir::type t) const {
  return std::string(element_prefix(t.element)) + "x" + std::to_string(t.components);
}

std::string cuda_dialect::vector_of(ir::type t, const std::string& components) const {
  return vector_name(t) + "{" + components + "}";
}

std::string cuda_dialect::aligned(unsigned bytes) const {
  return "__align__(" + std::to_string(bytes) + ") ";
}

bool cuda_dialect::is_reserved_name(std::string_view name) const {
  return cuda::is_reserved_name(name);
}

expression cuda_dialect::bits_of(const expression& real, scalar_kind k) const {
  if (k == scalar_kind::f32) return call("__float_as_uint", {real});
  return cast("u64", call("__double_as_longlong", {real}));
}

expression cuda_dialect::real_of(const expression& bits, scalar_kind k) const {
  if (k == scalar_kind::f32) return call("__uint_as_float", {bits});
  return call("__longlong_as_double", {cast("i64", bits)});
}

std::string cuda_dialect::to_integer_name(bool from_double, bool wide, bool is_signed) const {
  return std::string("__") + (from_double ? "double" : "float") + "2" + (is_signed ? "" : "u") + (wide ? "ll" : "int") +
         "_rz";
}

std::string cuda_dialect::helper_name(helper h, scalar_kind k, bool is_signed) const {
  switch (h) {
  case helper::divide: return "divide";
  case helper::modulo: return "modulo";
  case helper::multiply_high:
    return std::string(is_signed ? "__" : "__u") + (k == scalar_kind::i64 ? "mul64hi" : "mulhi");
  case helper::add_saturate: return "add_saturate";
  case helper::subtract_saturate: return "subtract_saturate";
  case helper::opposite: return "opposite";
  case helper::absolute: return "absolute";
  }
  return {};
}

std::string cuda_dialect::barrier(unsigned) const {
  return "__syncthreads()";
}

std::string cuda_dialect::fence(unsigned flags) const {
  return flags & 2 ? "__threadfence()" : "__threadfence_block()";
}

std::string cuda_dialect::atomic_name(std::optional<ir::atomic_operation> operation, bool) const {
  using enum ir::atomic_operation;
  if (!operation) return "atomicCAS";
  switch (*operation) {
  case exchange: return "atomicExch";
  case add: return "atomicAdd";
  case sub: return {};
  case smin:
  case umin: return "atomicMin";
  case smax:
  case umax: return "atomicMax";
  case bit_and: return "atomicAnd";
  case bit_or: return "atomicOr";
  case bit_xor: return "atomicXor";
  }
  return {};
}

std::string cuda_dialect::load_bytes(scalar_kind k, const std::string& pointer) const {
  return "load_bytes<" + std::string(scalar_name(k, false)) + ">(" + pointer + ")";
}

std::string cuda_dialect::store_bytes(scalar_kind k, const std::string& pointer, const std::string& value) const {
  return "store_bytes<" + std::string(scalar_name(k, false)) + ">(" + pointer + ", " + value + ")";
}

std::string vector_types_for(std::string_view code) {
  const cuda_dialect dialect;
  std::string out;
  for (const scalar_kind k : vector_elements)
    for (const unsigned n : {2u, 3u, 4u, 8u, 16u}) {
      const ir::type t = ir::type::vector(k, n);
      const std::string name = dialect.vector_name(t);
      if (!c_text::names(code, name)) continue;
      out += "struct alignas(" + std::to_string(c_text::element_bytes(t)) + ") " + name + " {\n  " +
             std::string(dialect.scalar_name(k, false));
      for (unsigned i = 0; i < n; ++i)
        out += (i ? ", " : " ") + c_text::component_name(n, i);
      out += ";\n};\n";
    }
  return out;
}

} // namespace dotcompute::cuda
