// SPDX-License-Identifier: MIT
// Completion scripts, made from the command line's own options.
#pragma once

#include "session.hpp"

#include <string>

namespace dotcompute::tool {

std::string bash_completion(const CLI::App& app, const session& s);
std::string zsh_completion(const CLI::App& app, const session& s);
std::string fish_completion(const CLI::App& app, const session& s);

} // namespace dotcompute::tool
