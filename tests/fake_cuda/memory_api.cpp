// SPDX-License-Identifier: MIT
// cuMem*: physical memory, address ranges and what is mapped where.
#include "machine.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fake_cuda {
namespace {

constexpr int pinned = 1, posix_file_descriptor = 1, on_device = 1, read_write = 3;
constexpr const char* file_name = "fake_cuda_device_";

status check(const machine& m, const allocation_properties* p) {
  if (p == nullptr || p->type != pinned || p->location.type != on_device) return invalid_value;
  if ((p->requested_handle_types & ~posix_file_descriptor) != 0) return not_supported;
  return m.is_device(p->location.id) ? success : invalid_device;
}

bool is_granular(std::uint64_t bytes) {
  return bytes != 0 && bytes % granularity == 0;
}

void* pointer(device_pointer address) {
  return reinterpret_cast<void*>(address); // NOLINT: an address is a number in this interface
}

/// New memory holds what nobody expects, where somebody who forgot to clear it is likely to look.
bool make_dirty(int file, std::uint64_t bytes) {
  const std::string dirt(64 << 10, '\xa5');
  const auto end = static_cast<off_t>(bytes - dirt.size());
  return pwrite(file, dirt.data(), dirt.size(), 0) == static_cast<ssize_t>(dirt.size()) &&
         pwrite(file, dirt.data(), dirt.size(), end) == static_cast<ssize_t>(dirt.size());
}

/// The device that the memory behind a file lies on; -1: it is not one of ours.
int device_of_file(int file) {
  char path[PATH_MAX] = {};
  if (readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path, sizeof path - 1) < 0) return -1;
  const char* const found = std::strstr(path, file_name);
  return found == nullptr ? -1 : std::atoi(found + std::strlen(file_name));
}

bool hide(device_pointer address, std::uint64_t bytes) {
  return mmap(pointer(address), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) !=
         MAP_FAILED;
}

/// The mappings that make up exactly this range.
bool is_whole(const reservation& r, device_pointer address, std::uint64_t bytes) {
  device_pointer at = address;
  while (at < address + bytes) {
    const auto found = r.mappings.find(at);
    if (found == r.mappings.end()) return false;
    at += found->second.bytes;
  }
  return at == address + bytes;
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuMemGetAllocationGranularity(std::size_t* bytes, const allocation_properties* properties,
                                                   int option) {
  return call("cuMemGetAllocationGranularity", needs_initialisation | survives_loss, [&](machine& m, auto&) {
    if (bytes == nullptr || option < 0 || option > 1) return invalid_value;
    if (const status wrong = check(m, properties); wrong != success) return wrong;
    *bytes = granularity;
    return success;
  });
}

FAKE_CUDA_API status cuMemCreate(handle* memory, std::size_t bytes, const allocation_properties* properties,
                                 unsigned long long flags) {
  return call("cuMemCreate", needs_initialisation, [&](machine& m, auto&) {
    if (memory == nullptr || flags != 0 || !is_granular(bytes)) return invalid_value;
    if (const status wrong = check(m, properties); wrong != success) return wrong;
    device_state& d = m.devices[static_cast<std::size_t>(properties->location.id)];
    if (d.lost != success) return d.lost;
    if (bytes > m.memory_bytes - d.used_bytes) return out_of_memory;
    const std::string name = file_name + std::to_string(properties->location.id);
    const int file = memfd_create(name.c_str(), MFD_CLOEXEC);
    if (file < 0) return operating_system;
    if (ftruncate(file, static_cast<off_t>(bytes)) != 0 || !make_dirty(file, bytes)) {
      close(file);
      return out_of_memory;
    }
    *memory = m.new_handle();
    m.memory.handles.emplace(*memory, std::make_shared<physical_memory>(properties->location.id, bytes, file, false));
    d.used_bytes += bytes;
    return success;
  });
}

FAKE_CUDA_API status cuMemRelease(handle memory) {
  return call("cuMemRelease", needs_initialisation | releases,
              [&](machine& m, auto&) { return m.memory.handles.erase(memory) == 1 ? success : invalid_value; });
}

FAKE_CUDA_API status cuMemExportToShareableHandle(void* shareable, handle memory, int type, unsigned long long flags) {
  return call("cuMemExportToShareableHandle", needs_initialisation, [&](machine& m, auto&) {
    const auto found = m.memory.handles.find(memory);
    if (shareable == nullptr || flags != 0 || type != posix_file_descriptor || found == m.memory.handles.end())
      return invalid_value;
    const int copy = dup(found->second->file);
    if (copy < 0) return operating_system;
    std::memcpy(shareable, &copy, sizeof copy);
    return success;
  });
}

FAKE_CUDA_API status cuMemImportFromShareableHandle(handle* memory, void* shareable, int type) {
  return call("cuMemImportFromShareableHandle", needs_initialisation, [&](machine& m, auto&) {
    const int given = static_cast<int>(reinterpret_cast<std::intptr_t>(shareable));
    struct stat s {};
    if (memory == nullptr || type != posix_file_descriptor || given < 0 || fstat(given, &s) != 0) return invalid_value;
    const int device = device_of_file(given);
    if (!m.is_device(device)) return invalid_value;
    const int copy = dup(given);
    if (copy < 0) return operating_system;
    *memory = m.new_handle();
    m.memory.handles.emplace(
        *memory, std::make_shared<physical_memory>(device, static_cast<std::uint64_t>(s.st_size), copy, true));
    return success;
  });
}

FAKE_CUDA_API status cuMemAddressReserve(device_pointer* address, std::size_t bytes, std::size_t alignment,
                                         device_pointer wanted, unsigned long long flags) {
  return call("cuMemAddressReserve", needs_initialisation, [&](machine& m, auto&) {
    if (address == nullptr || flags != 0 || !is_granular(bytes) || (alignment & (alignment - 1)) != 0)
      return invalid_value;
    // As with the driver, a place that is free is given, and another for one that is not.
    if (wanted != 0 && wanted % std::max<std::uint64_t>(alignment, granularity) == 0) {
      void* const placed = mmap(pointer(wanted), bytes, PROT_NONE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
      if (placed == pointer(wanted)) {
        m.memory.reservations.emplace(wanted, reservation{bytes});
        *address = wanted;
        return success;
      }
      if (placed != MAP_FAILED) munmap(placed, bytes);
    }
    const std::uint64_t aligned = std::max<std::uint64_t>(alignment, granularity);
    void* const whole = mmap(nullptr, bytes + aligned, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (whole == MAP_FAILED) return out_of_memory;
    const auto start = reinterpret_cast<std::uint64_t>(whole);
    const std::uint64_t first = (start + aligned - 1) / aligned * aligned, end = start + bytes + aligned;
    if (first != start) munmap(whole, first - start);
    if (end != first + bytes) munmap(pointer(first + bytes), end - first - bytes);
    m.memory.reservations.emplace(first, reservation{bytes});
    *address = first;
    return success;
  });
}

FAKE_CUDA_API status cuMemAddressFree(device_pointer address, std::size_t bytes) {
  return call("cuMemAddressFree", needs_initialisation | releases, [&](machine& m, auto&) {
    const auto found = m.memory.reservations.find(address);
    if (found == m.memory.reservations.end() || found->second.bytes != bytes || !found->second.mappings.empty())
      return invalid_value;
    m.memory.reservations.erase(found);
    return munmap(pointer(address), bytes) == 0 ? success : operating_system;
  });
}

FAKE_CUDA_API status cuMemMap(device_pointer address, std::size_t bytes, std::size_t offset, handle memory,
                              unsigned long long flags) {
  return call("cuMemMap", needs_initialisation, [&](machine& m, auto&) {
    const auto found = m.memory.handles.find(memory);
    reservation* const range = m.memory.around(address, bytes);
    if (found == m.memory.handles.end() || range == nullptr || flags != 0 || offset != 0) return invalid_value;
    if (!is_granular(bytes) || address % granularity != 0 || bytes > found->second->bytes) return invalid_value;
    const auto next = range->mappings.lower_bound(address);
    if (next != range->mappings.end() && next->first < address + bytes) return invalid_value;
    if (next != range->mappings.begin() && std::prev(next)->first + std::prev(next)->second.bytes > address)
      return invalid_value;
    range->mappings.emplace(address, mapping{bytes, found->second});
    return success;
  });
}

FAKE_CUDA_API status cuMemSetAccess(device_pointer address, std::size_t bytes, const access_description* access,
                                    std::size_t count) {
  return call("cuMemSetAccess", needs_initialisation, [&](machine& m, auto&) {
    reservation* const range = m.memory.around(address, bytes);
    if (range == nullptr || access == nullptr || count == 0 || !is_whole(*range, address, bytes)) return invalid_value;
    for (std::size_t i = 0; i < count; ++i) {
      if (access[i].location.type != on_device || access[i].flags != read_write) return invalid_value;
      if (!m.is_device(access[i].location.id)) return invalid_device;
    }
    for (auto at = range->mappings.find(address); at != range->mappings.end() && at->first < address + bytes; ++at) {
      if (mmap(pointer(at->first), at->second.bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
               at->second.memory->file, 0) == MAP_FAILED)
        return out_of_memory;
      for (std::size_t i = 0; i < count; ++i)
        at->second.reached_by.insert(access[i].location.id);
    }
    return success;
  });
}

FAKE_CUDA_API status cuMemUnmap(device_pointer address, std::size_t bytes) {
  return call("cuMemUnmap", needs_initialisation | releases, [&](machine& m, auto&) {
    reservation* const range = m.memory.around(address, bytes);
    if (range == nullptr || bytes == 0 || !is_whole(*range, address, bytes)) return invalid_value;
    if (!hide(address, bytes)) return operating_system;
    range->mappings.erase(range->mappings.find(address), range->mappings.lower_bound(address + bytes));
    return success;
  });
}

FAKE_CUDA_API status cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  return call("cuMemGetInfo_v2", needs_context, [&](machine& m, auto&) {
    if (free == nullptr || total == nullptr) return invalid_value;
    *total = m.memory_bytes;
    *free = m.memory_bytes - m.devices[static_cast<std::size_t>(current(m).device)].used_bytes;
    return success;
  });
}
