// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace dotcompute::compiler {

/// The compiler executable: what $DOTCOMPUTE_COMPILER names; else `dotcompute-compiler` beside this library or the
/// running executable, in the build tree that holds it, in the installation's libexec folder, or reached through $PATH.
/// Empty when there is none; `tried` then lists where it was looked for.
std::string locate_compiler(std::vector<std::string>& tried);

} // namespace dotcompute::compiler
