// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/targets/c/emission.hpp"

namespace dotcompute::cuda {

/// Declarations of the constants that kernels name.
std::string constants_text(const c_text::program_text& shared);

} // namespace dotcompute::cuda
