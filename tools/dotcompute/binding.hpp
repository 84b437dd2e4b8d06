// SPDX-License-Identifier: MIT
// From what the user wrote to what a kernel takes: values, buffers and local memory, checked against its signature.
#pragma once

#include "argument.hpp"

#include <dotcompute/argument.hpp>
#include <dotcompute/program.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dotcompute::tool {

/// One argument ready to be set. Of the three contents one is used, as its category says.
struct bound_argument {
  std::string name;
  argument::category category = argument::category::value;
  std::vector<std::byte> value;
  untyped_buffer buffer;
  local_memory local;
  element_type type;                ///< of the value or the buffer's elements
  std::vector<std::uint64_t> shape; ///< buffers: elements, rows before columns
};

/// One for each argument of the kernel, in order. `random` fills use `seed` plus the argument's index.
/// Throws failure(argument) naming the argument, what was given and what the kernel expects; failure(input) for files;
/// what making a buffer throws.
std::vector<bound_argument> bind_arguments(const device& owner, const kernel& k,
                                           const std::vector<argument_text>& given, std::uint64_t seed,
                                           const std::function<void(const std::string&)>& progress);

/// An output of the command line, resolved: which argument goes to which file.
struct bound_output {
  std::size_t index = 0;
  file_value file;
};

/// Throws failure(argument) for a name that is no buffer, and for a picture of a type or shape that cannot be one;
/// failure(output) when the file cannot be made. Where a buffer has one dimension, a picture takes `global` as its
/// shape when the sizes agree.
std::vector<bound_output> bind_outputs(const kernel& k, std::vector<bound_argument>& arguments,
                                       const std::vector<output_text>& given, const std::vector<std::uint64_t>& global);

/// The buffer's content in its file's format.
void write_output(const bound_argument& argument, const bound_output& output);

} // namespace dotcompute::tool
