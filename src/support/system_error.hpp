// SPDX-License-Identifier: MIT
// Failed system calls as dotcompute::error.
#pragma once

#include <dotcompute/error.hpp>

#include <cerrno>
#include <string>

namespace dotcompute {

/// The error for a system call that failed with `number`: out of memory, handles or threads where the number says so,
/// else system_call_failed. `operation` is what was attempted, `call` the call's name.
error system_error(int number, const std::string& operation, const std::string& call);

/// "No such file or directory (ENOENT)"; thread-safe.
std::string describe_errno(int number);

} // namespace dotcompute
