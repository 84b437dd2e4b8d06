// SPDX-License-Identifier: MIT
// NumPy's .npy files, versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
#pragma once

#include "array.hpp"

#include <filesystem>
#include <span>

namespace dotcompute::tool {

/// `name` is for messages. Foreign byte order is converted; Fortran order, structured and object types are refused.
/// Throws failure(input).
array parse_npy(std::span<const std::byte> content, const std::string& name);
std::vector<std::byte> format_npy(const array& data);

array read_npy(const std::filesystem::path& path);
void write_npy(const std::filesystem::path& path, const array& data);

} // namespace dotcompute::tool
