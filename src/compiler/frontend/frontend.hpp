// SPDX-License-Identifier: MIT
// OpenCL C text to IR, through clang's AST.
#pragma once

#include "compiler/compile.hpp"
#include "compiler/ir/operation.hpp"

#include <memory>

namespace dotcompute::frontend {

/// The outcome of reading one source text. `program` is null when an error was reported.
struct translation {
  std::unique_ptr<ir::program> program;   ///< user functions and the library functions they call, not inlined
  std::vector<kernel_reflection> kernels; ///< in the order of the source
  std::vector<compiler::diagnostic> diagnostics;
  std::string log;
  std::vector<compiler::included_file> included_files; ///< read by #include, with the digest of the text that was read
};

/// Parses `source` with the build options of clBuildProgram (-D, -I, -cl-*, -w, -Werror) and lowers it. Bad input gives
/// diagnostics, never an exception. Not thread-safe: the compiler process answers one request at a time.
translation translate(const std::string& source, const std::string& file_name, const std::string& options);

} // namespace dotcompute::frontend
