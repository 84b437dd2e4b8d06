// SPDX-License-Identifier: MIT
// The library of OpenCL C builtins that are more than one IR operation, written in OpenCL C itself, one scalar function
// each, so that every target shares one definition. The front end reads a file of it when a kernel first needs it.
#pragma once

#include <span>
#include <string_view>

namespace dotcompute::builtins {

struct library_file {
  std::string_view name; ///< "trigonometric_f32.cl"
  std::string_view text;
};

std::span<const library_file> files();

/// The file that defines `function` ("__dc_sin_f32"), or null.
const library_file* find(std::string_view function);

} // namespace dotcompute::builtins
