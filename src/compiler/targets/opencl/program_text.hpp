// SPDX-License-Identifier: MIT
// A program as an OpenCL driver gets it: its source text and the options to build it with. The contract between the
// compiler's OpenCL target and the OpenCL driver.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::compiler::opencl {

struct program_text {
  std::string options; ///< as clBuildProgram takes them; without a zero byte
  std::string source;
};

std::vector<std::byte> encode(const program_text& text);
/// Nothing when the bytes are none of encode()'s.
std::optional<program_text> decode(std::span<const std::byte> bytes);

/// The options that a driver's compiler needs to read the text as the front end did, which is OpenCL C 1.2 unless the
/// user said otherwise, with includes looked for in `folder` too, unless that is empty.
std::string driver_options(const std::string& user_options, const std::string& folder);

} // namespace dotcompute::compiler::opencl
