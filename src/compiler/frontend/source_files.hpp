// SPDX-License-Identifier: MIT
// The files that clang sees: the text to translate and clang's own OpenCL header from memory, includes from disk.
#pragma once

#include "compiler/frontend/clang_headers.hpp"

#include <string>
#include <string_view>

namespace dotcompute::frontend {

/// Where the OpenCL header is in the file system that clang sees.
inline constexpr const char* resource_directory = "/dotcompute-resources";

/// Regular files and directories only: reading a device or a pipe could last for ever.
llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> make_source_files(const std::string& file_name,
                                                                  std::string_view source);

} // namespace dotcompute::frontend
