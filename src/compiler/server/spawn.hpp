// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <sys/types.h>

namespace dotcompute::compiler {

/// Runs `executable` with `socket` as descriptor 3 and `words` as standard error, nothing else open but /dev/null as
/// standard input and output, in a process group of its own so that the terminal's interrupt does not reach it, with
/// default signal handling. Gives 0 and the process, or an errno.
int spawn_compiler(const std::string& executable, int socket, int words, pid_t& process);

} // namespace dotcompute::compiler
