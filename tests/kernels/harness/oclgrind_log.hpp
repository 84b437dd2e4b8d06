// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <string>

namespace kernel_suite {

/// What Oclgrind says of the kernels of this process, in the file that its command was given with --log.
class oclgrind_log {
 public:
  /// Throws runner_missing when the process does not run under the command with that option: nothing that Oclgrind
  /// finds would be known.
  oclgrind_log();

  /// What was added since the last call, at most `most_characters` of it; empty if nothing was.
  std::string take();

 private:
  static constexpr std::size_t most_characters = 3000;

  std::ifstream file_;
};

} // namespace kernel_suite
