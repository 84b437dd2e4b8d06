// SPDX-License-Identifier: MIT
// What a test can ask of the fake driver library beyond what a real one offers. The functions are exported by name, to
// be found with dlsym() in the library that DOTCOMPUTE_LIBCUDA names.
//
// The environment, read when the library is first called:
//   FAKE_CUDA_DEVICES     how many devices there are; 1
//   FAKE_CUDA_MEMORY      bytes of memory of each; 4 GiB
//   FAKE_CUDA_ATTRIBUTES  attributes that each has instead of the usual: NUMBER=VALUE, separated by commas
//   FAKE_CUDA_FAIL        failures, as for fakeCudaControl()
//   FAKE_CUDA_LOG         a file that every call is appended to
#pragma once

#include <cstdint>

extern "C" {

/// Live objects and what was called. A driver that cleans up after itself leaves every first figure at zero.
struct fakeCudaCount {
  std::uint64_t contexts, modules, streams, events;
  std::uint64_t allocations, allocated_bytes; ///< physical memory (cuMemCreate) with a handle or a mapping left
  std::uint64_t allocation_handles;           ///< not yet released
  std::uint64_t reservations, mappings;       ///< address ranges
  std::uint64_t host_registrations, host_allocations;
  std::uint64_t calls;    ///< of any function of the library, those that failed by script included
  std::uint64_t failed;   ///< failures that took place
  std::uint64_t launches; ///< kernels that began to run
  std::uint64_t blocks;   ///< of those
};

/// Says what is to go wrong: failures separated by commas or semicolons, each some of these words joined by colons.
///   function=NAME  calls of this function only, by its name without the _v2 at its end; else of every function
///   call=N, nth=N  the N-th such call from now on, once
///   every=N        each N-th such call
///   (neither)      every such call
///   kernel=NAME    not a call fails but the kernel of this name when it runs, or of any name for `*`
///   code=N         what is answered (or, for a kernel, what becomes of its device); 999 unless given
///   sticky         from then on the device is lost with this code, as after a fault
///   delay=MS       the call takes that much longer; without a code it then succeeds
/// A call that fails has no effect, but those that give something back (a destroy, free, release, unmap) take effect
/// first: whether a real driver kept the object cannot be known, and leaks can be told from failures this way.
///
/// Words alone: "clear" forgets all failures and counts calls from 0 again, "heal" makes lost devices well, which no
/// real driver can, and "log" writes live objects to standard error. Until the next "clear", "peers refused" lets no
/// device reach another's memory, and "peers lie" changes a bit in every copy from one to another. Returns 0, or 1 for
/// words not understood.
int fakeCudaControl(const char* words);

void fakeCudaCounts(fakeCudaCount* counts);
}
