// SPDX-License-Identifier: MIT
// Program-scope constants and string literals as bytes.
#include "compiler/frontend/program_lowering.hpp"

#include <clang/AST/APValue.h>

#include <cstring>

namespace dotcompute::frontend {

unsigned program_lowering::add_constant(std::string name, std::vector<std::byte> bytes, unsigned alignment) {
  program_->constants.push_back({std::move(name), std::move(bytes), alignment});
  return static_cast<unsigned>(program_->constants.size() - 1);
}

std::optional<unsigned> program_lowering::constant_of(const clang::VarDecl& variable) {
  const clang::VarDecl* definition = variable.getDefinition();
  const clang::VarDecl& key = definition ? *definition : variable;
  if (const auto found = variables_.find(&key); found != variables_.end()) return found->second;
  auto bytes = evaluate(key);
  if (!bytes) {
    error(key.getLocation(), "the initializer of '" + key.getName() +
                                 "' is not a constant of numbers: pointers to other objects are not supported here");
    bytes.emplace(static_cast<std::size_t>(context.getTypeSizeInChars(key.getType()).getQuantity()));
  }
  const auto alignment = static_cast<unsigned>(context.getDeclAlign(&key).getQuantity());
  const unsigned index = add_constant(key.getNameAsString(), std::move(*bytes), alignment);
  variables_[&key] = index;
  return index;
}

unsigned program_lowering::constant_of(const clang::StringLiteral& literal) {
  if (const auto found = strings_.find(&literal); found != strings_.end()) return found->second;
  const llvm::StringRef text = literal.getBytes();
  const auto size = static_cast<std::size_t>(context.getTypeSizeInChars(literal.getType()).getQuantity());
  std::vector<std::byte> bytes(std::max(size, text.size()));
  std::memcpy(bytes.data(), text.data(), text.size());
  const unsigned index = add_constant("text", std::move(bytes), 1);
  strings_[&literal] = index;
  return index;
}

std::optional<std::vector<std::byte>> program_lowering::evaluate(const clang::VarDecl& variable) {
  const auto size = static_cast<std::size_t>(context.getTypeSizeInChars(variable.getType()).getQuantity());
  std::vector<std::byte> bytes(size);
  if (!variable.getInit()) return bytes;
  const clang::APValue* value = variable.evaluateValue();
  if (!value || !write_value(*value, variable.getType(), bytes.data(), size)) return std::nullopt;
  return bytes;
}

static bool write_bits(const llvm::APInt& bits, std::byte* destination, std::size_t size) {
  const std::size_t bytes = (bits.getBitWidth() + 7) / 8;
  if (bytes > size || bytes > sizeof(std::uint64_t)) return false;
  const std::uint64_t word = bits.getZExtValue();
  std::memcpy(destination, &word, bytes);
  return true;
}

bool program_lowering::write_value(const clang::APValue& value, clang::QualType type, std::byte* destination,
                                   std::size_t size) {
  const auto bytes_of = [&](clang::QualType t) {
    return static_cast<std::size_t>(context.getTypeSizeInChars(t).getQuantity());
  };
  switch (value.getKind()) {
  case clang::APValue::None:
  case clang::APValue::Indeterminate: return true;
  case clang::APValue::Int: return write_bits(value.getInt(), destination, size);
  case clang::APValue::Float: return write_bits(value.getFloat().bitcastToAPInt(), destination, size);
  case clang::APValue::Vector: {
    const auto* vector = type->getAs<clang::VectorType>();
    if (!vector) return false;
    const std::size_t step = bytes_of(vector->getElementType());
    for (unsigned i = 0; i < value.getVectorLength(); ++i)
      if ((i + 1) * step > size ||
          !write_value(value.getVectorElt(i), vector->getElementType(), destination + i * step, step))
        return false;
    return true;
  }
  case clang::APValue::Array: {
    const clang::ArrayType* array = context.getAsArrayType(type);
    if (!array) return false;
    const std::size_t step = bytes_of(array->getElementType());
    for (unsigned i = 0; i < value.getArraySize(); ++i) {
      const bool given = i < value.getArrayInitializedElts();
      if (!given && !value.hasArrayFiller()) break;
      const clang::APValue& element = given ? value.getArrayInitializedElt(i) : value.getArrayFiller();
      if ((i + 1) * step > size || !write_value(element, array->getElementType(), destination + i * step, step))
        return false;
    }
    return true;
  }
  case clang::APValue::Struct: {
    const auto* record = type->getAs<clang::RecordType>();
    if (!record) return false;
    const clang::ASTRecordLayout& layout = context.getASTRecordLayout(record->getDecl());
    for (const clang::FieldDecl* field : record->getDecl()->fields()) {
      const unsigned i = field->getFieldIndex();
      if (i >= value.getStructNumFields()) return false;
      const auto offset = static_cast<std::size_t>(layout.getFieldOffset(i) / 8);
      if (offset > size || !write_value(value.getStructField(i), field->getType(), destination + offset, size - offset))
        return false;
    }
    return true;
  }
  case clang::APValue::Union:
    return !value.getUnionField() ||
           write_value(value.getUnionValue(), value.getUnionField()->getType(), destination, size);
  case clang::APValue::LValue: return value.isNullPointer();
  default: return false;
  }
}

} // namespace dotcompute::frontend
