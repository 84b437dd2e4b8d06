// SPDX-License-Identifier: MIT
// Whose work a thread does, for the case that the work brings the thread down.
#pragma once

#include <cstdint>

namespace dotcompute::drivers {

/// completion::origin of the command that the calling thread runs now; 0 for none. Read by signal handlers.
inline thread_local std::uint64_t fault_origin = 0;

} // namespace dotcompute::drivers
