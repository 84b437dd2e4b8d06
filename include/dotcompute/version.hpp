// SPDX-License-Identifier: MIT
// Which dotcompute this is.
#pragma once

#include <string_view>

#define DOTCOMPUTE_VERSION_MAJOR 0
#define DOTCOMPUTE_VERSION_MINOR 1
#define DOTCOMPUTE_VERSION_PATCH 0

namespace dotcompute {

/// Of the library that runs, "0.1.0"; the macros are of the headers that were compiled against.
std::string_view version() noexcept;

} // namespace dotcompute
