// SPDX-License-Identifier: MIT
// OpenCL C's names of number types.
#pragma once

#include <dotcompute/argument.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace dotcompute::api {

/// "float", "unsigned int", "uint4" as what they are; nothing for names that are no built-in types.
std::optional<element_description> parse_element(std::string_view type_name);

/// "float4", "uint", "a structure of 24 bytes".
std::string element_name(const element_description& e);

} // namespace dotcompute::api
