// SPDX-License-Identifier: MIT
// The options of clBuildProgram, as arguments of clang's cc1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::frontend {

struct build_options {
  std::vector<std::string> clang_arguments;
  bool fast_relaxed_math = false;
  bool unsafe_math = false;
  bool mad_enable = false;
  bool denormals_are_zero = false;
  bool optimize = true;
  std::string error; ///< names the option that was not understood; empty when all were
};

build_options parse_build_options(std::string_view text);

} // namespace dotcompute::frontend
