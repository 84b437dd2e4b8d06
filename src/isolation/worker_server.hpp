// SPDX-License-Identifier: MIT
// A worker process: one driver, asked through a socket, fed through rings.
#pragma once

namespace dotcompute::isolated {

/// Serves the process that started this one, over worker_socket, worker_prints, worker_alarm and worker_life, until it
/// closes the socket or dies. The exit status: 0, or 1 when it was not asked in the right way.
int serve_worker(long parent);

} // namespace dotcompute::isolated
