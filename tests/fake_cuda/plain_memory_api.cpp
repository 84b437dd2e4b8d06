// SPDX-License-Identifier: MIT
// cuMemAlloc and cuMemAllocAsync, for programs written by hand: each allocation is physical memory mapped at a place of
// its own.
#include "functions.hpp"
#include "machine.hpp"

#include <map>
#include <mutex>

namespace fake_cuda {
namespace {

struct plain_allocation {
  std::uint64_t bytes = 0;
  handle memory = 0;
};

std::mutex allocations_lock;
std::map<device_pointer, plain_allocation> allocations;

status allocate(device_pointer* address, std::size_t bytes) {
  if (address == nullptr || bytes == 0) return invalid_value;
  const std::uint64_t rounded = (bytes + granularity - 1) / granularity * granularity;
  constexpr int pinned = 1, on_device = 1, read_and_write = 3;
  allocation_properties properties{};
  properties.type = pinned;
  properties.location = {on_device, 0};
  const access_description access{{on_device, 0}, read_and_write};
  plain_allocation a{rounded, 0};
  if (const status s = cuMemCreate(&a.memory, rounded, &properties, 0); s != success) return s;
  status failed = cuMemAddressReserve(address, rounded, 0, 0, 0);
  if (failed == success) {
    failed = cuMemMap(*address, rounded, 0, a.memory, 0);
    if (failed == success) failed = cuMemSetAccess(*address, rounded, &access, 1);
    if (failed != success) cuMemAddressFree(*address, rounded);
  }
  if (failed != success) {
    cuMemRelease(a.memory);
    return failed;
  }
  const std::lock_guard guard(allocations_lock);
  allocations[*address] = a;
  return success;
}

status release(device_pointer address) {
  plain_allocation a;
  {
    const std::lock_guard guard(allocations_lock);
    const auto found = allocations.find(address);
    if (found == allocations.end()) return invalid_value;
    a = found->second;
    allocations.erase(found);
  }
  const status unmapped = cuMemUnmap(address, a.bytes), freed = cuMemAddressFree(address, a.bytes),
               released = cuMemRelease(a.memory);
  return unmapped != success ? unmapped : freed != success ? freed : released;
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuMemAlloc_v2(device_pointer* address, std::size_t bytes) {
  return allocate(address, bytes);
}

FAKE_CUDA_API status cuMemFree_v2(device_pointer address) {
  return release(address);
}

FAKE_CUDA_API status cuMemAllocAsync(device_pointer* address, std::size_t bytes, handle) {
  return allocate(address, bytes);
}

FAKE_CUDA_API status cuMemFreeAsync(device_pointer address, handle stream) {
  if (const status s = cuStreamSynchronize(stream); s != success) return s;
  return release(address);
}
