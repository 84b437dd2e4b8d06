// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace dotcompute::compiler {

/// An executable of dotcompute's: what the environment's `variable` names; else `program` beside this library or the
/// running executable, in the build tree that holds it, in the installation's libexec folder (as the CMake package
/// says, or as the build was configured), or reached through $PATH. Empty when there is none; `tried` then lists where
/// it was looked for.
std::string locate_program(const char* program, const char* variable, std::vector<std::string>& tried);

/// "dotcompute-compiler", by $DOTCOMPUTE_COMPILER.
std::string locate_compiler(std::vector<std::string>& tried);

} // namespace dotcompute::compiler
