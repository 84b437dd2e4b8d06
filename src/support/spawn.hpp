// SPDX-License-Identifier: MIT
// Starting the processes that work for a service.
#pragma once

#include <span>
#include <string>
#include <sys/types.h>

namespace dotcompute {

/// Runs `executable --serve OUR_ID` with `passed` (at most ten) as descriptors 3, 4, ... and `words` as standard error,
/// nothing else open but /dev/null as standard input and output, in a process group of its own so that the terminal's
/// interrupt does not reach it, with default signal handling. Gives 0 and the process, or an errno.
int spawn_server(const std::string& executable, std::span<const int> passed, int words, pid_t& process);

} // namespace dotcompute
