// SPDX-License-Identifier: MIT
#include "compiler/frontend/program_lowering.hpp"

#include "compiler/frontend/function_lowering.hpp"

namespace dotcompute::frontend {

program_lowering::program_lowering(clang::ASTContext& unit, clang::DiagnosticsEngine& diagnostics, unit_kind which)
    : context(unit), kind(which), diagnostics_(diagnostics) {}

void program_lowering::lower_unit() {
  for (const clang::Decl* declaration : context.getTranslationUnitDecl()->decls()) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration);
    if (!function || !function->isThisDeclarationADefinition() || function->isInvalidDecl()) continue;
    const bool is_kernel = function->hasAttr<clang::OpenCLKernelAttr>();
    if (is_kernel) kernels_.push_back(function);
    if (is_kernel || kind == unit_kind::library) reference(*function, *function, {});
  }
  // reference() appends while this runs, so the end moves.
  for (std::size_t i = 0; i < queue_.size(); ++i)
    lower(*queue_[i]);
  find_recursion();
}

void program_lowering::lower(const clang::FunctionDecl& definition) {
  auto function = std::make_unique<ir::function>();
  function->name = names_[definition.getCanonicalDecl()];
  function->is_kernel = definition.hasAttr<clang::OpenCLKernelAttr>();
  function->location = locate(definition.getLocation());
  if (const auto* size = definition.getAttr<clang::ReqdWorkGroupSizeAttr>())
    function->required_local_size = {size->getXDim(), size->getYDim(), size->getZDim()};
  ir::function& target = *function;
  program_->functions.push_back(std::move(function));
  function_lowering(*this, definition, target).lower();
}

const std::string& program_lowering::reference(const clang::FunctionDecl& callee, const clang::FunctionDecl& caller,
                                               clang::SourceLocation where) {
  const clang::FunctionDecl* key = callee.getCanonicalDecl();
  if (where.isValid()) calls_[caller.getCanonicalDecl()].push_back({key, where});
  auto [entry, is_new] = names_.try_emplace(key);
  if (is_new) {
    std::string name = callee.getNameAsString();
    // Overloads share a name in the source; names that begin with __dc_ belong to the library.
    if (kind == unit_kind::user && name.starts_with("__dc_")) name = "user" + name;
    const std::string base = name;
    for (unsigned n = 2; !taken_names_.insert(name).second; ++n)
      name = base + "." + std::to_string(n);
    entry->second = std::move(name);
    queue_.push_back(callee.getDefinition());
  }
  return entry->second;
}

void program_lowering::find_recursion() {
  enum class mark : std::uint8_t { unseen, open, done };
  llvm::DenseMap<const clang::FunctionDecl*, mark> marks;
  struct frame {
    const clang::FunctionDecl* function;
    std::size_t next = 0;
  };
  for (const clang::FunctionDecl* root : queue_) {
    if (marks[root->getCanonicalDecl()] != mark::unseen) continue;
    std::vector<frame> stack{{root->getCanonicalDecl()}};
    marks[stack.back().function] = mark::open;
    while (!stack.empty()) {
      frame& top = stack.back();
      const std::vector<call_edge>& edges = calls_[top.function];
      if (top.next == edges.size()) {
        marks[top.function] = mark::done;
        stack.pop_back();
        continue;
      }
      const call_edge edge = edges[top.next++];
      mark& state = marks[edge.callee];
      if (state == mark::open)
        error(edge.where,
              "recursion is not supported in OpenCL C: this call leads back to '" + edge.callee->getName() + "'");
      if (state == mark::unseen) {
        state = mark::open;
        stack.push_back({edge.callee});
      }
    }
  }
}

void program_lowering::error(clang::SourceLocation where, const llvm::Twine& message) {
  const unsigned id = diagnostics_.getCustomDiagID(clang::DiagnosticsEngine::Error, "%0");
  diagnostics_.Report(where, id) << message.str();
}

void program_lowering::warning(clang::SourceLocation where, const llvm::Twine& message) {
  const unsigned id = diagnostics_.getCustomDiagID(clang::DiagnosticsEngine::Warning, "%0");
  diagnostics_.Report(where, id) << message.str();
}

ir::source_location program_lowering::locate(clang::SourceLocation where) {
  if (where.isInvalid()) return {};
  const clang::SourceManager& sources = context.getSourceManager();
  const clang::SourceLocation expansion = sources.getExpansionLoc(where);
  const clang::PresumedLoc presumed = sources.getPresumedLoc(expansion);
  if (presumed.isInvalid()) return {};
  const auto [entry, is_new] =
      files_.try_emplace(sources.getFileID(expansion), static_cast<std::uint32_t>(program_->files.size()));
  if (is_new) program_->files.emplace_back(presumed.getFilename());
  return {entry->second, presumed.getLine(), presumed.getColumn()};
}

} // namespace dotcompute::frontend
