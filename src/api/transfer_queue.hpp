// SPDX-License-Identifier: MIT
// The queue for one transfer that a caller did not name a queue for.
#pragma once

#include <dotcompute/queue.hpp>

namespace dotcompute::api {

/// Of the lease that the device's handle is of, but not one of the queues that this may have.
queue transfer_queue(const device& owner);

} // namespace dotcompute::api
