// SPDX-License-Identifier: MIT
// Grid-stride loops: `for (i = id; i < n; i += size)`, each turn of which loads a few bytes.
//
// The turns depend on one another only through what they compute, so their loads could be under way together. NVRTC
// takes them one after another, because it cannot know that `i` will not wrap around on its way to `n`.
#pragma once

#include "compiler/ir/operation.hpp"

#include <memory>

namespace dotcompute::cuda {

/// `f`, in which such loops do several turns at a time as long as so many are left for certain, and the rest one by
/// one. Each turn does what it did, in the same order, so results are the same to the last bit. Only loops that load a
/// little and store nothing, whose counter goes up by something that stays the same, and that nothing leaves early;
/// not those with a hint of their own. Null: there is none.
std::unique_ptr<ir::function> take_turns_together(const ir::function& f);

} // namespace dotcompute::cuda
