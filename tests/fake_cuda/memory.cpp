// SPDX-License-Identifier: MIT
#include "memory.hpp"

#include "machine.hpp"

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace fake_cuda {
namespace {

template <class Range>
std::uint64_t bytes_of(const Range& r) {
  return r.bytes;
}
std::uint64_t bytes_of(std::uint64_t bytes) {
  return bytes;
}

/// The entry of a map by address that holds all of a range.
template <class Map>
auto holding(Map& map, device_pointer address, std::uint64_t bytes) {
  auto found = map.upper_bound(address);
  if (found == map.begin()) return map.end();
  --found;
  const std::uint64_t offset = address - found->first, size = bytes_of(found->second);
  return offset < size && bytes <= size - offset ? found : map.end();
}

template <class Map>
bool overlaps(const Map& map, device_pointer address, std::uint64_t bytes) {
  const auto next = map.lower_bound(address);
  if (next != map.end() && next->first - address < bytes) return true;
  return next != map.begin() && address - std::prev(next)->first < bytes_of(std::prev(next)->second);
}

} // namespace

physical_memory::~physical_memory() {
  close(file);
  // Only ever released under the machine's lock.
  if (!is_imported) machine::get().devices[static_cast<std::size_t>(device)].used_bytes -= bytes;
}

reservation* memory_map::around(device_pointer address, std::uint64_t bytes) {
  const auto found = holding(reservations, address, bytes);
  return found == reservations.end() ? nullptr : &found->second;
}

bool memory_map::overlaps_host_range(device_pointer address, std::uint64_t bytes) const {
  return overlaps(host_ranges, address, bytes);
}

memory_kind memory_map::kind_of(int device, device_pointer address, std::uint64_t bytes) const {
  if (bytes > ~address) return memory_kind::invalid;
  if (overlaps(reservations, address, bytes)) {
    const auto range = holding(reservations, address, bytes);
    if (range == reservations.end()) return memory_kind::invalid;
    const auto& mappings = range->second.mappings;
    for (device_pointer at = address; at < address + bytes;) {
      const auto m = holding(mappings, at, 1);
      if (m == mappings.end() || !m->second.reached_by.contains(device)) return memory_kind::invalid;
      at = m->first + m->second.bytes;
    }
    return memory_kind::device;
  }
  if (holding(globals, address, bytes) != globals.end()) return memory_kind::device;
  const auto host = holding(host_ranges, address, bytes);
  return host == host_ranges.end() ? memory_kind::pageable : memory_kind::pinned;
}

bool memory_map::is_for_device(int device, device_pointer address, std::uint64_t bytes) const {
  switch (kind_of(device, address, bytes)) {
  case memory_kind::device: return true;
  case memory_kind::pinned: return holding(host_ranges, address, bytes)->second.is_mapped;
  default: return false;
  }
}

int memory_map::home_of(device_pointer address) const {
  const auto range = holding(reservations, address, 1);
  if (range == reservations.end()) return -1;
  const auto m = holding(range->second.mappings, address, 1);
  return m == range->second.mappings.end() ? -1 : m->second.memory->device;
}

void memory_map::count(fakeCudaCount& counts) const {
  counts.allocation_handles = handles.size();
  counts.reservations = reservations.size();
  counts.host_registrations = counts.host_allocations = counts.mappings = 0;
  std::vector<const physical_memory*> live;
  for (const auto& [id, memory] : handles)
    live.push_back(memory.get());
  for (const auto& [address, range] : reservations) {
    counts.mappings += range.mappings.size();
    for (const auto& [at, m] : range.mappings)
      live.push_back(m.memory.get());
  }
  std::sort(live.begin(), live.end());
  live.erase(std::unique(live.begin(), live.end()), live.end());
  counts.allocations = live.size();
  counts.allocated_bytes = 0;
  for (const physical_memory* memory : live)
    counts.allocated_bytes += memory->bytes;
  for (const auto& [address, range] : host_ranges)
    ++(range.is_allocated ? counts.host_allocations : counts.host_registrations);
}

void memory_map::describe(std::FILE* out) const {
  const auto line = [&](const char* what, device_pointer address, std::uint64_t bytes) {
    std::fprintf(out, "fake CUDA: %s at 0x%llx, %llu bytes\n", what, static_cast<unsigned long long>(address),
                 static_cast<unsigned long long>(bytes));
  };
  for (const auto& [id, memory] : handles)
    line("an allocation's handle", id, memory->bytes);
  for (const auto& [address, range] : reservations) {
    line("a reservation", address, range.bytes);
    for (const auto& [at, m] : range.mappings)
      line("a mapping", at, m.bytes);
  }
  for (const auto& [address, range] : host_ranges)
    line(range.is_allocated ? "host memory" : "registered host memory", address, range.bytes);
}

} // namespace fake_cuda
