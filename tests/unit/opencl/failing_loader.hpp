// SPDX-License-Identifier: MIT
// What a test can ask of the failing loader, a libOpenCL that passes every call on to the system's. The functions are
// exported by name.
#pragma once

#include <cstdint>

extern "C" {

/// The `nth` call of `function` from now on, counted from 1, answers `code` in place of what it would; 0: none does. A
/// call that fails has no effect, but those that give something back take effect first: whether a real driver kept the
/// object cannot be known, and leaks can be told from failures this way. `forever`: every call that can say so fails
/// from then on, and no event completes any more, as after a fault.
void failingOpenCLScript(const char* function, unsigned nth, std::int32_t code, bool forever);

/// What status the events of the next `count` commands have when they are done, in place of CL_COMPLETE.
void failingOpenCLStatus(unsigned count, std::int32_t status);

/// What clGetPlatformInfo or clGetDeviceInfo answers for `what` in place of the platform's or device's own text; null:
/// their own.
void failingOpenCLText(std::uint32_t what, const char* text);

/// What clGetDeviceInfo answers for `what`, a number of 32 bits, in place of the device's own; 0: its own.
void failingOpenCLDeviceWord(std::uint32_t what, std::uint32_t value);

struct failingOpenCLCount {
  std::uint64_t contexts, queues, programs, kernels, events, memory, parts; ///< made and not given back
  std::uint64_t failed;                                                     ///< failures that took place
  std::uint64_t sources;                                                    ///< programs ever made from a text
};
failingOpenCLCount failingOpenCLCounts(void);
}
