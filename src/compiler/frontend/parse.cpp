// SPDX-License-Identifier: MIT
#include "compiler/frontend/parse.hpp"

#include "compiler/frontend/diagnostic_log.hpp"
#include "compiler/frontend/reflection.hpp"
#include "compiler/frontend/source_files.hpp"

namespace dotcompute::frontend {

namespace {

class lowering_consumer : public clang::ASTConsumer {
 public:
  lowering_consumer(clang::CompilerInstance& compiler, llvm::StringRef own_name, unit_kind kind, translation& into)
      : compiler_(compiler), own_name_(own_name), kind_(kind), into_(into) {}

  void HandleTranslationUnit(clang::ASTContext& context) override {
    note_included_files(context.getSourceManager());
    // The tree of a text with errors has holes.
    if (compiler_.getDiagnostics().hasErrorOccurred()) return;
    program_lowering lowering(context, compiler_.getDiagnostics(), kind_);
    lowering.lower_unit();
    for (const clang::FunctionDecl* kernel : lowering.kernels())
      into_.kernels.push_back(reflect(*kernel));
    into_.program = lowering.take();
  }

 private:
  void note_included_files(const clang::SourceManager& sources) {
    for (auto file = sources.fileinfo_begin(); file != sources.fileinfo_end(); ++file) {
      const llvm::StringRef path = file->first.getName();
      if (path == own_name_ || path.starts_with(resource_directory)) continue;
      // Files that were only looked at have no text.
      if (const auto text = file->second->getBufferDataIfLoaded())
        into_.included_files.push_back({path.str(), digest_of(std::string_view(text->data(), text->size()))});
    }
    // The table is in the order of addresses.
    std::sort(into_.included_files.begin(), into_.included_files.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
  }

  clang::CompilerInstance& compiler_;
  const std::string own_name_;
  unit_kind kind_;
  translation& into_;
};

class lowering_action : public clang::ASTFrontendAction {
 public:
  lowering_action(unit_kind kind, translation& into) : kind_(kind), into_(into) {}

  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler,
                                                        llvm::StringRef name) override {
    return std::make_unique<lowering_consumer>(compiler, name, kind_, into_);
  }

 private:
  unit_kind kind_;
  translation& into_;
};

std::vector<const char*> clang_arguments(const build_options& options) {
  std::vector<const char*> arguments = {
      "-triple", "spir64-unknown-unknown", "-fdeclare-opencl-builtins", "-finclude-default-header", "-resource-dir",
      resource_directory, "-ferror-limit", "20", "-fbracket-depth", "256", "-x", "cl",
      // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one argument in three lines
      "-cl-ext=-all,+cl_khr_fp64,+cl_khr_byte_addressable_store,+cl_khr_int64_base_atomics,"
      "+cl_khr_int64_extended_atomics,+cl_khr_global_int32_base_atomics,+cl_khr_global_int32_extended_atomics,"
      "+cl_khr_local_int32_base_atomics,+cl_khr_local_int32_extended_atomics,+__opencl_c_fp64,+__opencl_c_int64"};
  for (const std::string& argument : options.clang_arguments)
    arguments.push_back(argument.c_str());
  return arguments;
}

/// What the OpenCL options permit beyond what clang itself makes of them.
void relax(clang::LangOptions& language, const build_options& options) {
  if (options.fast_relaxed_math || options.unsafe_math) {
    language.AllowFPReassoc = true;
    language.AllowRecip = true;
    language.NoSignedZero = true;
    language.ApproxFunc = true;
    language.setDefaultFPContractMode(clang::LangOptions::FPM_Fast);
  }
  if (options.fast_relaxed_math) {
    language.NoHonorNaNs = true;
    language.NoHonorInfs = true;
  }
  if (options.mad_enable) language.setDefaultFPContractMode(clang::LangOptions::FPM_Fast);
}

} // namespace

translation parse(std::string_view source, const std::string& file_name, const build_options& options, unit_kind kind) {
  translation result;
  auto files = make_source_files(file_name, source);
  auto invocation = std::make_shared<clang::CompilerInvocation>();
  llvm::IntrusiveRefCntPtr<clang::DiagnosticOptions> presentation(new clang::DiagnosticOptions);
  presentation->ShowColors = false;
  diagnostic_log log(*presentation);
  llvm::IntrusiveRefCntPtr<clang::DiagnosticsEngine> diagnostics =
      new clang::DiagnosticsEngine(llvm::makeIntrusiveRefCnt<clang::DiagnosticIDs>(), presentation, &log, false);
  const bool understood =
      clang::CompilerInvocation::CreateFromArgs(*invocation, clang_arguments(options), *diagnostics);
  if (understood) {
    invocation->getFrontendOpts().Inputs.clear();
    invocation->getFrontendOpts().Inputs.emplace_back(file_name, clang::InputKind(clang::Language::OpenCL));
    invocation->getFrontendOpts().DisableFree = false;
    invocation->getDiagnosticOpts().ShowColors = false;
    relax(invocation->getLangOpts(), options);

    clang::CompilerInstance compiler;
    compiler.setInvocation(invocation);
    compiler.createDiagnostics(&log, false);
    compiler.setVerboseOutputStream(std::make_unique<llvm::raw_null_ostream>());
    compiler.createFileManager(files);
    lowering_action action(kind, result);
    if (!compiler.ExecuteAction(action) || compiler.getDiagnostics().hasErrorOccurred()) result.program.reset();
  }
  result.diagnostics = log.take_diagnostics();
  result.log = log.take_text();
  if (!result.program) result.kernels.clear();
  return result;
}

} // namespace dotcompute::frontend
