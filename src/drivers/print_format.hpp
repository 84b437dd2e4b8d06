// SPDX-License-Identifier: MIT
// OpenCL C's printf, from the format text and the packed values that a kernel hands over.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dotcompute::drivers {

/// The text of one printf call. `values` is laid out as print_function in compiler/targets/cpu/kernel_abi.hpp says;
/// where `texts` are given, pointers to constant text are indices into them instead. Conversions for which no value is
/// left, or that OpenCL C does not know, are shown as they stand.
std::string format_print(std::string_view format, std::span<const std::byte> values,
                         const std::vector<std::string>* texts = nullptr);

} // namespace dotcompute::drivers
