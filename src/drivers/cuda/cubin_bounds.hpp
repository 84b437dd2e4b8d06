// SPDX-License-Identifier: MIT
// cuModuleLoadData() is given no size: it believes what the file says of itself.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace dotcompute::cuda {

/// Why these bytes are no 64-bit ELF file all of whose headers, segments and sections lie within them; empty when they
/// are one.
std::string find_elf_damage(std::span<const std::byte> file);

} // namespace dotcompute::cuda
