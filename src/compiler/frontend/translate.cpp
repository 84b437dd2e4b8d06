// SPDX-License-Identifier: MIT
#include "compiler/frontend/frontend.hpp"
#include "compiler/frontend/library.hpp"
#include "compiler/frontend/parse.hpp"
#include "compiler/frontend/reflection.hpp"

#include <clang/Basic/Stack.h>
#include <llvm/Support/thread.h>

namespace dotcompute::frontend {

/// Lowering recurses over the tree, whose depth the source decides.
static constexpr unsigned stack_bytes = 512u << 20;

static translation fail(std::string message) {
  translation result;
  result.log = "error: " + message + "\n";
  result.diagnostics.push_back({compiler::severity::error, {}, 0, 0, std::move(message)});
  return result;
}

static translation translate_here(const std::string& source, const std::string& file_name,
                                  const std::string& options_text) {
  const build_options options = parse_build_options(options_text);
  if (!options.error.empty()) return fail(options.error);
  const std::string name = file_name.empty() ? "program.cl" : file_name;
  translation result = parse(source, name, options, unit_kind::user);
  if (!result.program) {
    if (result.diagnostics.empty()) return fail("clang refused '" + name + "' without saying why");
    return result;
  }
  // OpenCL API 3.0, 5.8.6.3: -cl-fast-relaxed-math includes -cl-unsafe-math-optimizations, and that one includes
  // -cl-mad-enable and -cl-denorms-are-zero.
  const bool relaxed = options.fast_relaxed_math || options.unsafe_math;
  result.program->optimize = options.optimize;
  result.program->floats = {options.denormals_are_zero || relaxed, options.mad_enable || relaxed, relaxed};
  if (std::string missing = link_library(*result.program); !missing.empty()) {
    translation failed = fail(missing);
    failed.log = result.log + failed.log;
    failed.diagnostics.insert(failed.diagnostics.begin(), result.diagnostics.begin(), result.diagnostics.end());
    return failed;
  }
  complete_reflection(*result.program, result.kernels);
  return result;
}

translation translate(const std::string& source, const std::string& file_name, const std::string& options) {
  translation result;
  llvm::thread worker(std::optional<unsigned>(stack_bytes), [&] {
    clang::noteBottomOfStack();
    result = translate_here(source, file_name, options);
  });
  worker.join();
  return result;
}

} // namespace dotcompute::frontend
