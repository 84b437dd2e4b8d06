// SPDX-License-Identifier: MIT
// Work that the driver itself has for a device, beside all queues.
#pragma once

#include "drivers/cuda/cuda_context.hpp"

#include <chrono>
#include <functional>

namespace dotcompute::cuda {

/// What one call of the driver library starts, in a stream of its own, and waits until it is done: the device may be
/// busy with anything else, and other streams need not wait for this. With the context current.
struct own_stream_work {
  const char* function; ///< of the library
  std::function<result(stream_handle)> start;
};

/// False when the device did not get round to it within `time`. `is_pending` becomes true when it may still come to it,
/// whatever is returned or thrown. Throws what the library answers.
bool run_in_own_stream(cuda_context& context, const own_stream_work& work, std::chrono::nanoseconds time,
                       const char* operation, bool& is_pending);

} // namespace dotcompute::cuda
