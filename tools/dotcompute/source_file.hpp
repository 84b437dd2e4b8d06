// SPDX-License-Identifier: MIT
// Kernel source as the commands take it: a file, or '-' for standard input.
#pragma once

#include <dotcompute/program.hpp>
#include <string>

namespace dotcompute::tool {

struct source_file {
  std::string text;
  std::string name; ///< as the user wrote it, for diagnostics

  /// Options with which includes are found beside the file.
  std::string options_with_includes(const std::string& options) const;
  compile_options compile_with(const std::string& options) const;
};

/// Throws failure(input).
source_file read_source(const std::string& file);

} // namespace dotcompute::tool
