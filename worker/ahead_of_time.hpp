// SPDX-License-Identifier: MIT
#pragma once

namespace dotcompute::compiler {

/// The command line of builds. Exit status: 0 written; 1 the source has errors; 2 wrong usage; 3 a file cannot be read
/// or written.
int compile_ahead_of_time(int argc, char** argv);

} // namespace dotcompute::compiler
