// SPDX-License-Identifier: MIT
// What a compiled kernel takes of a multiprocessor.
#pragma once

#include "compiler/reflection.hpp"

#include <string_view>

namespace dotcompute::cuda {

/// What the assembler says about `symbol` under -v; whatever it does not say stays unknown.
kernel_resources resources_in_log(std::string_view log, std::string_view symbol);

} // namespace dotcompute::cuda
