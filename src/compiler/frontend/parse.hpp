// SPDX-License-Identifier: MIT
// Runs clang over one text and lowers what it finds.
#pragma once

#include "compiler/frontend/build_options.hpp"
#include "compiler/frontend/frontend.hpp"
#include "compiler/frontend/program_lowering.hpp"

namespace dotcompute::frontend {

/// A translation whose library calls are not resolved yet; kernels are reflected as far as the source says.
translation parse(std::string_view source, const std::string& file_name, const build_options& options, unit_kind kind);

} // namespace dotcompute::frontend
