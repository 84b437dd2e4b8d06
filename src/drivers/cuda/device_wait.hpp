// SPDX-License-Identifier: MIT
// Waiting for the device by asking it, with a way out.
#pragma once

#include "drivers/cuda/driver_result.hpp"

#include <functional>

namespace dotcompute::cuda {

/// Waits until `query` is no longer not_ready, and asks `abandoned` every millisecond. What it answered at last:
/// not_ready when abandoned. Spins first, because what is waited for here is short.
result wait_until_ready(const std::function<result()>& query, const std::function<bool()>& abandoned);

/// As above, for cleaning up behind a failure: a query that is refused is asked again, because what it asks for may
/// still be under way. success, not_ready when abandoned, or a result that says that the device is lost. `first`
/// becomes the first result that was none of these.
result wait_until_settled(const std::function<result()>& query, const std::function<bool()>& abandoned, result& first);

} // namespace dotcompute::cuda
