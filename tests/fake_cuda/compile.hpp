// SPDX-License-Identifier: MIT
// CUDA C to a shared object, by the host's C++ compiler.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fake_cuda {

struct source_file {
  std::string name, text;
};

struct compile_options {
  int architecture = 75;
  bool is_real_architecture = false; ///< sm_ rather than compute_: there is a binary
  bool is_verbose = false;           ///< the assembler is to say what kernels take
  std::vector<std::string> passed_on{};
};

/// False for options that the real compiler does not have.
bool read_option(std::string_view option, std::span<const int> architectures, compile_options& into);

struct compilation {
  bool succeeded = false;
  std::string binary{}, log{};
};

compilation compile(const source_file& main, const std::vector<source_file>& headers, const compile_options& options);

} // namespace fake_cuda
