// SPDX-License-Identifier: MIT
// Thread coarsening: one thread runs several work-items, so that more bytes are on their way from memory at a time than
// a GPU full of threads could have with one load each.
//
// A thread takes the work-items that have its place in `items` work-groups side by side along x. Those are unordered
// without synchronisation, so their operations may be interleaved, which the assembler, who cannot know that, never
// does by itself: all of them load before the first stores. Each warp's accesses stay as wide as they were, wherever a
// buffer starts.
#pragma once

#include "compiler/ir/operation.hpp"

#include <memory>

namespace dotcompute::cuda {

struct coarse_kernel {
  std::unique_ptr<ir::function> program; ///< null: a thread takes one work-item
  unsigned items = 1;
};

/// What a thread of kernel `f` with several work-items does, if that is allowed and likely to be of use: not with
/// barriers, local memory, private arrays, atomics, printf, loops, volatile accesses or conditions that hang on memory,
/// nor where one work-item already has enough on its way or enough to compute. Calls have been inlined.
/// In the program, ids along x are the first work-item's; the others' are work_item operations with an `immediate`. It
/// is for threads all of whose work-items are in the range.
coarse_kernel coarsen(const ir::function& f);

/// How many work-items of `f`, which returns at its end only, a thread should take: 1, 2 or 4.
unsigned items_of_thread(const ir::function& f);

} // namespace dotcompute::cuda
