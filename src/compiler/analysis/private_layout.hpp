// SPDX-License-Identifier: MIT
// How the private arrays and structs of the work-items of a pack lie in memory.
#pragma once

#include "compiler/ir/operation.hpp"

namespace dotcompute::analysis {

/// Interleaved: unit `u` of lane `l` lies at (u * lanes + l) * unit bytes, so an index that is the same in all lanes is
/// one vector access. Otherwise each lane has one contiguous block of the allocation's size.
struct private_layout {
  /// By operation id of the private_alloc: bytes of the unit, 0 for contiguous blocks.
  std::vector<std::uint32_t> unit;
  /// By operation id of a pointer value: the interleaved allocation that it certainly points into, else null.
  std::vector<const ir::operation*> allocation;
};

/// An allocation is interleaved when each use of its address is a pointer_add by multiples of one unit, ending in loads
/// and stores of elements of that unit. Anything else (a pointer kept in a variable, compared, copied whole, or read
/// with another size) needs the C object as it is.
private_layout lay_out_private_memory(const ir::function& f);

} // namespace dotcompute::analysis
