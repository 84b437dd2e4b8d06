// SPDX-License-Identifier: MIT
// Whole files in and out through plain system calls, with errors as numbers.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace dotcompute::compiler {

/// Both give 0 or an errno. EFBIG: the file is larger than `limit`.
int read_file(const char* path, std::size_t limit, std::vector<std::byte>& contents);
int read_open_file(int file, std::size_t limit, std::vector<std::byte>& contents);
int write_all(int file, std::span<const std::byte> bytes);

} // namespace dotcompute::compiler
