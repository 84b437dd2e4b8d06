// SPDX-License-Identifier: MIT
// What clang's types are in the IR, and how their values lie in memory.
#pragma once

#include "compiler/frontend/clang_headers.hpp"
#include "compiler/ir/type.hpp"

#include <optional>

namespace dotcompute::frontend {

/// Null for address spaces that have no counterpart (generic).
std::optional<ir::address_space> map_space(clang::LangAS space);

/// The IR type of a value of this type; nothing for types that have none: aggregates, images, functions.
std::optional<ir::type> map_value(clang::QualType type, const clang::ASTContext& context);

/// Structs, unions and arrays: things that exist only in memory.
bool is_aggregate(clang::QualType type);

/// Whether integers of this type, or of this vector's elements, are signed.
bool is_signed(clang::QualType type);

/// The element of a vector, the type itself otherwise; without qualifiers and sugar.
clang::QualType element_of(clang::QualType type);

/// Components of a vector, 1 otherwise.
unsigned components_of(clang::QualType type);

/// The suffix of library functions for this scalar type: f32, i8, u64, ...
llvm::StringRef library_suffix(clang::QualType scalar);

} // namespace dotcompute::frontend
