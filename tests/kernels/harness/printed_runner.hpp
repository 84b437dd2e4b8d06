// SPDX-License-Identifier: MIT
#pragma once

#include "harness/runner.hpp"

namespace kernel_suite {

/// "pocl:printed" or "oclgrind:printed": the implementation gets the text that is printed from the IR.
std::unique_ptr<runner> make_printed_runner(const std::string& driver);

} // namespace kernel_suite
