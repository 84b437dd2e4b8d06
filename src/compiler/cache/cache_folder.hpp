// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace dotcompute::compiler {

/// $DOTCOMPUTE_CACHE_DIR, else $XDG_CACHE_HOME/dotcompute, else ~/.cache/dotcompute (the home of $HOME, else of the
/// user database). Empty when none of them is an absolute path.
std::string cache_folder();

/// $DOTCOMPUTE_CACHE_SIZE: bytes, or with a suffix K, M or G; 0 turns the disk cache off. 512 MiB when unset or
/// malformed.
std::size_t cache_limit_bytes();

/// $DOTCOMPUTE_COMPILER_MEMORY, in the same form: how much address space a compiler process may take; 0 is no limit.
/// 4 GiB when unset or malformed.
std::size_t compiler_memory_bytes();

} // namespace dotcompute::compiler
