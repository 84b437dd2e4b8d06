// SPDX-License-Identifier: MIT
// One translation unit's way into an ir::program: which functions are needed, the constants they use, where text is.
#pragma once

#include "compiler/frontend/clang_headers.hpp"
#include "compiler/ir/operation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::frontend {

/// Whose text is being read: kernels of a user, or a file of the builtin library.
enum class unit_kind : std::uint8_t { user, library };

class program_lowering {
 public:
  program_lowering(clang::ASTContext& context, clang::DiagnosticsEngine& diagnostics, unit_kind kind);

  /// Lowers the kernels of the unit and all that they reach (of a library file: every function).
  void lower_unit();
  std::unique_ptr<ir::program> take() { return std::move(program_); }
  const std::vector<const clang::FunctionDecl*>& kernels() const { return kernels_; }

  /// Reports at `where`, in clang's format.
  void error(clang::SourceLocation where, const llvm::Twine& message);
  void warning(clang::SourceLocation where, const llvm::Twine& message);
  ir::source_location locate(clang::SourceLocation where);

  /// The IR's name of a function of this unit, which is queued to be lowered. Records who calls it, to find recursion.
  const std::string& reference(const clang::FunctionDecl& callee, const clang::FunctionDecl& caller,
                               clang::SourceLocation where);

  /// The index of a program-scope constant, of a string literal, or of unnamed bytes; nothing after an error.
  std::optional<unsigned> constant_of(const clang::VarDecl& variable);
  unsigned constant_of(const clang::StringLiteral& literal);
  unsigned add_constant(std::string name, std::vector<std::byte> bytes, unsigned alignment);
  /// The bytes that a variable is initialised with; nothing when they are not known before the program runs.
  std::optional<std::vector<std::byte>> evaluate(const clang::VarDecl& variable);

  clang::ASTContext& context;
  const unit_kind kind;

 private:
  struct call_edge {
    const clang::FunctionDecl* callee;
    clang::SourceLocation where;
  };

  bool write_value(const clang::APValue& value, clang::QualType type, std::byte* destination, std::size_t size);
  void lower(const clang::FunctionDecl& definition);
  void find_recursion();

  clang::DiagnosticsEngine& diagnostics_;
  std::unique_ptr<ir::program> program_ = std::make_unique<ir::program>();
  std::vector<const clang::FunctionDecl*> kernels_;
  std::vector<const clang::FunctionDecl*> queue_;
  llvm::DenseMap<const clang::FunctionDecl*, std::string> names_;
  llvm::StringSet<> taken_names_;
  llvm::DenseMap<const clang::FunctionDecl*, std::vector<call_edge>> calls_;
  llvm::DenseMap<const clang::VarDecl*, unsigned> variables_;
  llvm::DenseMap<const clang::StringLiteral*, unsigned> strings_;
  llvm::DenseMap<clang::FileID, std::uint32_t> files_;
};

} // namespace dotcompute::frontend
