// SPDX-License-Identifier: MIT
#pragma once

#include "compiler/compile.hpp"

namespace dotcompute::compiler {

/// What the compiler and everything that shapes its results was built from: a digest of its sources and LLVM's version.
/// Results of two builds with the same identity are interchangeable.
std::string_view compiler_identity();

/// The name of a request's result in the caches. It covers the whole request, the compiler's identity, this machine's
/// instruction set when the target is "native", its NVRTC when the target is a GPU, and the working folder when the
/// source may include files. What included files hold is not known before they are read: their digests stand in the
/// result (included_files.hpp).
digest request_key(const request& r);

} // namespace dotcompute::compiler
