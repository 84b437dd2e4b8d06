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

/// A file that somebody else writes piece by piece under a name of its own beside `path`; it appears under `path` when
/// it is published, and is removed when it is not, also by Ctrl-C and SIGTERM. Devices and pipes are written directly.
/// One at a time.
class new_file {
 public:
  /// Throws failure(output).
  explicit new_file(const std::filesystem::path& path);
  new_file(const new_file&) = delete;
  new_file& operator=(const new_file&) = delete;
  ~new_file();

  const std::filesystem::path& temporary() const noexcept { return temporary_; }
  /// Flushes and renames. Throws failure(output).
  void publish();

 private:
  std::filesystem::path path_, target_, temporary_; ///< temporary_ is empty when there is nothing to remove
};

/// Ctrl-C and SIGTERM end the process with exit code 130, but never between writing a temporary file and renaming it.
void handle_interrupts();

/// Throws failure(output) when `path` cannot be created: checked before work begins, so that a long run is not lost.
void require_writable(const std::filesystem::path& path);

} // namespace dotcompute::tool
