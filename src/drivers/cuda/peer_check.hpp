// SPDX-License-Identifier: MIT
// Whether two GPUs of this process reach each other's memory: what the driver says, and whether it is true.
#pragma once

#include "drivers/cuda/cuda_segment.hpp"
#include "drivers/driver.hpp"

namespace dotcompute::cuda {

/// Copies patterns between a segment of each, both ways and by the engines of both, and reads them back on the one that
/// was written to. When all of them arrive, both devices reach all segments of the other, and their address tables say
/// so. One thread at a time. Takes some milliseconds. Throws what the driver library answers.
drivers::peer_reach connect(const segment_origin& one, const segment_origin& other);

} // namespace dotcompute::cuda
