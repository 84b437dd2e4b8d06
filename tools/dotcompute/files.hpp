// SPDX-License-Identifier: MIT
// Whole files in and out. A file is either completely written or not touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace dotcompute::tool {

/// Throws failure(input) naming the file and the reason.
std::vector<std::byte> read_file(const std::filesystem::path& path);
std::string read_text_file(const std::filesystem::path& path);

/// Writes beside `path` under a name of its own, flushes, and renames over it; a crash at any moment leaves the old
/// file or the new one. Devices and pipes, which cannot be renamed over, are written directly. Throws failure(output).
void write_file(const std::filesystem::path& path, std::span<const std::byte> content);
void write_file(const std::filesystem::path& path, std::string_view content);

/// Ctrl-C and SIGTERM end the process with exit code 130, but never between writing a temporary file and renaming it.
void handle_interrupts();

/// Throws failure(output) when `path` cannot be created: checked before work begins, so that a long run is not lost.
void require_writable(const std::filesystem::path& path);

} // namespace dotcompute::tool
