// SPDX-License-Identifier: MIT
// A program compiled ahead of time: its source and, for each target, its results. What dotcompute-compiler --compile
// writes and programs embed.
#pragma once

#include "compiler/compile.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::compiler {

struct precompiled_program {
  struct part {
    std::optional<specialization> specialize; ///< absent: the program for any local size
    result outcome;
  };
  struct variant {
    cpu_target target;
    std::string host; ///< the machine that "native" code was compiled on; empty otherwise
    std::vector<part> parts;
  };
  std::string source, file_name, options;
  std::vector<variant> variants; ///< the first that runs on a machine is the one to take

  /// What was asked to get `p`.
  request asked(const variant& v, const part& p) const;
  /// The one for this machine, or null.
  const variant* choose() const;
};

std::vector<std::byte> encode(const precompiled_program& p);
bool decode(std::span<const std::byte> bytes, precompiled_program& p, std::string& why);

} // namespace dotcompute::compiler
