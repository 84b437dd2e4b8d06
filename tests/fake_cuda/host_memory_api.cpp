// SPDX-License-Identifier: MIT
// cuMemHost*: memory of the host that devices reach.
#include "machine.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace fake_cuda {
namespace {

constexpr unsigned portable = 1, device_map = 2, io_memory = 4, read_only = 8, write_combined = 4;

bool is_mapped(device_pointer address, std::uint64_t bytes) {
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const device_pointer first = address / page * page;
  const std::uint64_t length = address + bytes - first;
  std::vector<unsigned char> present((length + page - 1) / page);
  return mincore(reinterpret_cast<void*>(first), length, present.data()) == 0; // NOLINT: as memory_api.cpp
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuMemHostRegister_v2(void* address, std::size_t bytes, unsigned flags) {
  return call("cuMemHostRegister_v2", needs_context, [&](machine& m, auto&) {
    const auto first = reinterpret_cast<device_pointer>(address);
    if (address == nullptr || bytes == 0 || (flags & ~(portable | device_map | io_memory | read_only)) != 0)
      return invalid_value;
    if (m.memory.overlaps_host_range(first, bytes)) return host_memory_already_registered;
    if (m.memory.kind_of(current(m).device, first, bytes) != memory_kind::pageable || !is_mapped(first, bytes))
      return invalid_value;
    // With unified addressing, registered memory is mapped whether or not that was asked for.
    m.memory.host_ranges.emplace(first, host_range{bytes, false, true});
    return success;
  });
}

FAKE_CUDA_API status cuMemHostUnregister(void* address) {
  return call("cuMemHostUnregister", needs_context | releases, [&](machine& m, auto&) {
    const auto found = m.memory.host_ranges.find(reinterpret_cast<device_pointer>(address));
    if (found == m.memory.host_ranges.end()) return host_memory_not_registered;
    if (found->second.is_allocated) return invalid_value;
    m.memory.host_ranges.erase(found);
    return success;
  });
}

FAKE_CUDA_API status cuMemHostAlloc(void** address, std::size_t bytes, unsigned flags) {
  return call("cuMemHostAlloc", needs_context, [&](machine& m, auto&) {
    if (address == nullptr || bytes == 0 || (flags & ~(portable | device_map | write_combined)) != 0)
      return invalid_value;
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return out_of_memory;
    m.memory.host_ranges.emplace(reinterpret_cast<device_pointer>(memory), host_range{bytes, true, true});
    *address = memory;
    return success;
  });
}

FAKE_CUDA_API status cuMemFreeHost(void* address) {
  return call("cuMemFreeHost", needs_context | releases, [&](machine& m, auto&) {
    const auto found = m.memory.host_ranges.find(reinterpret_cast<device_pointer>(address));
    if (found == m.memory.host_ranges.end() || !found->second.is_allocated) return invalid_value;
    munmap(address, found->second.bytes);
    m.memory.host_ranges.erase(found);
    return success;
  });
}

FAKE_CUDA_API status cuMemHostGetDevicePointer_v2(device_pointer* on_device, void* on_host, unsigned flags) {
  return call("cuMemHostGetDevicePointer_v2", needs_context, [&](machine& m, auto&) {
    const auto address = reinterpret_cast<device_pointer>(on_host);
    if (on_device == nullptr || on_host == nullptr || flags != 0) return invalid_value;
    if (m.memory.kind_of(current(m).device, address, 1) != memory_kind::pinned) return invalid_value;
    *on_device = address;
    return success;
  });
}

FAKE_CUDA_API status cuPointerGetAttribute(void* data, int attribute, device_pointer address) {
  return call("cuPointerGetAttribute", needs_context, [&](machine& m, auto&) {
    constexpr int memory_type = 2, host = 1, device = 2;
    if (data == nullptr || attribute != memory_type) return invalid_value;
    const memory_kind kind = m.memory.kind_of(current(m).device, address, 1);
    if (kind != memory_kind::pinned && kind != memory_kind::device) return invalid_value;
    *static_cast<unsigned*>(data) = kind == memory_kind::pinned ? host : device;
    return success;
  });
}
