// SPDX-License-Identifier: MIT
#include "compiler/frontend/diagnostic_log.hpp"

namespace dotcompute::frontend {

void diagnostic_log::BeginSourceFile(const clang::LangOptions& language, const clang::Preprocessor* preprocessor) {
  printer_.BeginSourceFile(language, preprocessor);
}

void diagnostic_log::EndSourceFile() {
  printer_.EndSourceFile();
}

void diagnostic_log::HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) {
  DiagnosticConsumer::HandleDiagnostic(level, info);
  printer_.HandleDiagnostic(level, info);
  if (level < clang::DiagnosticsEngine::Remark) return; // notes belong to what they follow, in the text
  compiler::diagnostic d;
  d.level = level >= clang::DiagnosticsEngine::Error     ? compiler::severity::error
            : level == clang::DiagnosticsEngine::Warning ? compiler::severity::warning
                                                         : compiler::severity::remark;
  llvm::SmallString<256> message;
  info.FormatDiagnostic(message);
  d.message = message.str().str();
  if (info.hasSourceManager() && info.getLocation().isValid()) {
    const clang::PresumedLoc where = info.getSourceManager().getPresumedLoc(info.getLocation());
    if (where.isValid()) {
      d.file = where.getFilename();
      d.line = where.getLine();
      d.column = where.getColumn();
    }
  }
  diagnostics_.push_back(std::move(d));
}

} // namespace dotcompute::frontend
