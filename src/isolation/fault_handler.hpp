// SPDX-License-Identifier: MIT
// In a worker process: a thread that a kernel brings down tells the service which queue's command it was.
#pragma once

#include "isolation/queue_page.hpp"

namespace dotcompute::isolated {

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT and SIGSYS of any thread are written into the page,
/// with drivers::fault_origin as the queue; the thread then waits for the end of the process, so that others can end
/// what they do. Throws system_call_failed.
void catch_faults(worker_page& page);

/// After catch_faults(): gives the calling thread a stack for signal handlers, so that the overflow of its own stack is
/// told as well, and counts it among those that must be silent before another worker takes over.
void guard_thread();

/// What the page says of the fault was written; the service learns of it.
void announce_fault(worker_page& page, worker_fault kind) noexcept;

} // namespace dotcompute::isolated
