// SPDX-License-Identifier: MIT
// The compiler process's side of the conversation.
#pragma once

#include "compiler/compile.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <sys/types.h>

namespace dotcompute::compiler {

struct serve_options {
  int socket = 3;
  pid_t parent = 0;                                        ///< the process ends with this one
  std::string identity;                                    ///< compiler_identity() of this executable
  std::size_t address_space_bytes = 0;                     ///< limit for this process; 0: none
  std::size_t stack_bytes = std::size_t{256} << 20;        ///< for compiling: deep nesting is deep recursion
  std::size_t resident_limit_bytes = std::size_t{1} << 30; ///< above this it ends after an answer, to be replaced
  std::chrono::milliseconds idle_limit = std::chrono::minutes(10); ///< without a request for so long it ends
};

/// Confines this process (confinement_profile::compiler), says hello, runs `warm` unless a request is waiting, then
/// answers requests one after another until the other side closes or the parent process ends; a request in work is
/// given up then. Returns the process's exit status.
int serve(const serve_options& options, const std::function<result(const request&)>& compile,
          const std::function<void()>& warm);

} // namespace dotcompute::compiler
