// SPDX-License-Identifier: MIT
// Collects clang's diagnostics twice: as text the way clang prints it, and as data.
#pragma once

#include "compiler/compile.hpp"
#include "compiler/frontend/clang_headers.hpp"

namespace dotcompute::frontend {

class diagnostic_log : public clang::DiagnosticConsumer {
 public:
  explicit diagnostic_log(clang::DiagnosticOptions& options) : stream_(text_), printer_(stream_, &options) {}

  void BeginSourceFile(const clang::LangOptions& language, const clang::Preprocessor* preprocessor) override;
  void EndSourceFile() override;
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override;

  std::string take_text() { return std::move(text_); }
  std::vector<compiler::diagnostic> take_diagnostics() { return std::move(diagnostics_); }

 private:
  std::string text_;
  llvm::raw_string_ostream stream_;
  clang::TextDiagnosticPrinter printer_;
  std::vector<compiler::diagnostic> diagnostics_;
};

} // namespace dotcompute::frontend
