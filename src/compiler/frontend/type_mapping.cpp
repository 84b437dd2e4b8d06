// SPDX-License-Identifier: MIT
#include "compiler/frontend/type_mapping.hpp"

namespace dotcompute::frontend {

std::optional<ir::address_space> map_space(clang::LangAS space) {
  switch (space) {
  case clang::LangAS::Default:
  case clang::LangAS::opencl_private: return ir::address_space::private_memory;
  case clang::LangAS::opencl_global:
  case clang::LangAS::opencl_global_device:
  case clang::LangAS::opencl_global_host: return ir::address_space::global;
  case clang::LangAS::opencl_local: return ir::address_space::local;
  case clang::LangAS::opencl_constant: return ir::address_space::constant;
  default: return std::nullopt;
  }
}

static std::optional<ir::scalar_kind> map_scalar(const clang::BuiltinType& type) {
  using kind = clang::BuiltinType;
  switch (type.getKind()) {
  case kind::Bool: return ir::scalar_kind::boolean;
  case kind::Char_S:
  case kind::Char_U:
  case kind::SChar:
  case kind::UChar: return ir::scalar_kind::i8;
  case kind::Short:
  case kind::UShort: return ir::scalar_kind::i16;
  case kind::Int:
  case kind::UInt: return ir::scalar_kind::i32;
  case kind::Long:
  case kind::ULong:
  case kind::LongLong:
  case kind::ULongLong: return ir::scalar_kind::i64;
  case kind::OCLEvent: return ir::scalar_kind::i64;
  case kind::Half: return ir::scalar_kind::f16;
  case kind::Float: return ir::scalar_kind::f32;
  case kind::Double: return ir::scalar_kind::f64;
  default: return std::nullopt;
  }
}

std::optional<ir::type> map_value(clang::QualType type, const clang::ASTContext& context) {
  const clang::QualType canonical = type.getCanonicalType();
  if (const auto* builtin = canonical->getAs<clang::BuiltinType>()) {
    if (builtin->getKind() == clang::BuiltinType::Void) return ir::type::none();
    const auto kind = map_scalar(*builtin);
    return kind ? std::optional(ir::type::scalar(*kind)) : std::nullopt;
  }
  if (const auto* enumeration = canonical->getAs<clang::EnumType>()) {
    const clang::QualType integer = enumeration->getDecl()->getIntegerType();
    return integer.isNull() ? std::nullopt : map_value(integer, context);
  }
  if (const auto* vector = canonical->getAs<clang::VectorType>()) {
    const unsigned n = vector->getNumElements();
    const auto element = map_value(vector->getElementType(), context);
    if (!element || !element->is_scalar() || (n != 2 && n != 3 && n != 4 && n != 8 && n != 16)) return std::nullopt;
    return ir::type::vector(element->element, n);
  }
  if (canonical->isPointerType()) {
    const clang::QualType pointee = canonical->getPointeeType();
    if (pointee->isFunctionType()) return std::nullopt;
    const auto space = map_space(pointee.getAddressSpace());
    return space ? std::optional(ir::type::pointer(*space)) : std::nullopt;
  }
  return std::nullopt;
}

bool is_aggregate(clang::QualType type) {
  return type->isRecordType() || type->isArrayType();
}

clang::QualType element_of(clang::QualType type) {
  const clang::QualType canonical = type.getCanonicalType().getUnqualifiedType();
  if (const auto* vector = canonical->getAs<clang::VectorType>())
    return vector->getElementType().getCanonicalType().getUnqualifiedType();
  return canonical;
}

unsigned components_of(clang::QualType type) {
  const auto* vector = type->getAs<clang::VectorType>();
  return vector ? vector->getNumElements() : 1;
}

bool is_signed(clang::QualType type) {
  return element_of(type)->isSignedIntegerOrEnumerationType();
}

llvm::StringRef library_suffix(clang::QualType scalar) {
  const clang::QualType element = element_of(scalar);
  const auto* builtin = element->getAs<clang::BuiltinType>();
  const auto kind = builtin ? map_scalar(*builtin) : std::nullopt;
  if (!kind) return "none";
  const bool sign = is_signed(element);
  switch (*kind) {
  case ir::scalar_kind::boolean: return "bool";
  case ir::scalar_kind::i8: return sign ? "i8" : "u8";
  case ir::scalar_kind::i16: return sign ? "i16" : "u16";
  case ir::scalar_kind::i32: return sign ? "i32" : "u32";
  case ir::scalar_kind::i64: return sign ? "i64" : "u64";
  case ir::scalar_kind::f16: return "f16";
  case ir::scalar_kind::f32: return "f32";
  case ir::scalar_kind::f64: return "f64";
  }
  return "none";
}

} // namespace dotcompute::frontend
