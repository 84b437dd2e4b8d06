// SPDX-License-Identifier: MIT
// The manual page, made from the same descriptions that --help prints.
#pragma once

#include <CLI/App.hpp>
#include <string>

namespace dotcompute::tool {

/// Section 1 in roff, for man(1).
std::string manual_page(const CLI::App& app);

/// Exit codes and environment, below the help of the whole program.
std::string footer_text();

/// "--local", "-o,--output", or the name of a positional argument in capitals.
std::string option_names(const CLI::Option& option);
/// "N", "FILE"; empty for flags.
std::string option_value(const CLI::Option& option);
/// Hidden options and --help itself are left out of manual and completion.
bool is_documented(const CLI::Option& option);

} // namespace dotcompute::tool
