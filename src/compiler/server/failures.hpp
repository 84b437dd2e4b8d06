// SPDX-License-Identifier: MIT
// What goes wrong between service and compiler process, in words.
#pragma once

#include "compiler/compile.hpp"
#include "compiler/server/compiler_process.hpp"

#include <dotcompute/error.hpp>

#include <chrono>

namespace dotcompute::compiler {

/// "compile 'blur.cl'", "compile 'blur.cl', kernel 'rows' for local size 16x16x1".
std::string describe(const request& r);

error crashed(const request& r, const death& d, bool twice);
error refused(const request& r, const std::string& earlier);
error unusable(const request& r, const std::string& executable, const std::string& problem, const death& d);
error late(const request& r, std::chrono::milliseconds timeout, bool while_waiting);
error cancelled(const request& r);

} // namespace dotcompute::compiler
