// SPDX-License-Identifier: MIT
// From exceptions to exit codes.
#pragma once

#include "exit_codes.hpp"

#include <dotcompute/error.hpp>
#include <string>

namespace dotcompute::tool {

struct explained {
  exit_code code = exit_code::internal;
  std::string message;
};

exit_code exit_code_of(error_code code);

/// Inside a catch block: what the user reads, and the code.
explained explain_current_exception();

} // namespace dotcompute::tool
