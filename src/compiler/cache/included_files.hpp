// SPDX-License-Identifier: MIT
// Whether the files that a cached result was made from still hold what they held.
#pragma once

#include "compiler/compile.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace dotcompute::compiler {

/// False only for a source that reads no other file when it is compiled with these options.
bool may_include_files(std::string_view source, std::string_view options);

/// Enough of a file's metadata to know without reading that it was not written since.
struct file_signature {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  friend bool operator==(const file_signature&, const file_signature&) = default;
};

/// True if every file exists with the same contents. `signatures`, empty at first, keeps what the next check of the
/// same files can compare against instead of reading them. A file that was not there when the result was made, and
/// would now be found first on the include path, is not noticed.
bool unchanged(const std::vector<included_file>& files, std::vector<file_signature>& signatures);

} // namespace dotcompute::compiler
