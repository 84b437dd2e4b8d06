// SPDX-License-Identifier: MIT
// PNG pictures as arrays of pixels.
#pragma once

#include "array.hpp"

#include <filesystem>
#include <span>

namespace dotcompute::tool {

/// Rows x columns pixels in the type of a kernel's buffer: one component is grey (BT.709 luma of the stored values),
/// three are RGB, four RGBA. uchar and ushort hold the stored values, scaled when the file's depth differs; half, float
/// and double hold them as 0 to 1. Other types throw failure(argument); an unreadable file throws failure(input).
array read_png(const std::filesystem::path& path, element_type type);

/// The inverse. `data` has two dimensions, of elements of `type`, and floating values are clamped to 0 to 1 and
/// stored in 8 bits. Throws failure(argument) for another type or shape, failure(output) when it cannot be written.
void write_png(const std::filesystem::path& path, const array& data, element_type type);

/// Throws failure(argument) saying why `type` cannot be read from or written to `path`.
void require_picture_type(element_type type, const std::string& path);

} // namespace dotcompute::tool
