// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace dotcompute::compiler {

/// Replaces `path` by a file of `bytes`, or leaves it as it was. Gives 0 or an errno.
int write_file_whole(const std::string& path, std::span<const std::byte> bytes);

} // namespace dotcompute::compiler
