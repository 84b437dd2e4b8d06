// SPDX-License-Identifier: MIT
// Loops that NVIDIA's compilers must not unroll; text of each dialect may come to one of them.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::c_text {

/// Whether an unsigned counter of the loop may pass the largest or the smallest number and go on from the other end:
/// it is compared by size, and moves by a constant that can jump over all that would end the loop. NVRTC 13.0 counts
/// the turns of such a loop as if that could not happen when it unrolls, and so, by its results, does the compiler of
/// NVIDIA's OpenCL. A step that is a power of two is no such constant: it meets the same numbers again after the jump,
/// so the loop has ended before it or never does.
bool may_wrap_around(const ir::operation& loop);

} // namespace dotcompute::c_text
