// SPDX-License-Identifier: MIT
// Memory of the fake devices: physical memory is a memfd, an address range is reserved address space of the process,
// and a mapping is the one mapped into the other. Addresses are therefore the same for host and device, as with unified
// addressing. Unlike on a real device the host can touch device memory.
#pragma once

#include "abi.hpp"
#include "control.hpp"

#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace fake_cuda {

inline constexpr std::uint64_t granularity = std::uint64_t(2) << 20;

/// Physical memory; its bytes belong to the device until the last handle and mapping is gone.
struct physical_memory {
  physical_memory(int device_, std::uint64_t bytes_, int file_, bool is_imported_)
      : device(device_), bytes(bytes_), file(file_), is_imported(is_imported_) {}
  ~physical_memory();
  physical_memory(const physical_memory&) = delete;
  physical_memory& operator=(const physical_memory&) = delete;

  int device;
  std::uint64_t bytes;
  int file;
  bool is_imported; ///< whoever created it counts its bytes
};

struct mapping {
  std::uint64_t bytes = 0;
  std::shared_ptr<physical_memory> memory;
  std::set<int> reached_by{}; ///< devices with access
};

struct reservation {
  std::uint64_t bytes = 0;
  std::map<device_pointer, mapping> mappings{};
};

struct host_range {
  std::uint64_t bytes = 0;
  bool is_allocated = false; ///< by the library, not registered with it
  bool is_mapped = false;    ///< devices reach it
};

enum class memory_kind { pageable, pinned, device, invalid };

/// Guarded by the machine's lock.
class memory_map {
 public:
  /// What a copy or fill of this device finds at an address. `invalid`: part of it is reserved without memory or
  /// access.
  memory_kind kind_of(int device, device_pointer address, std::uint64_t bytes) const;
  /// Memory that kernels, fills and values of streams may touch.
  bool is_for_device(int device, device_pointer address, std::uint64_t bytes) const;
  /// The device whose memory is mapped at the address; -1 for none.
  int home_of(device_pointer address) const;

  void count(fakeCudaCount& counts) const;
  void describe(std::FILE* out) const;

  std::unordered_map<std::uint64_t, std::shared_ptr<physical_memory>> handles; ///< of cuMemCreate
  std::map<device_pointer, reservation> reservations;
  std::map<device_pointer, host_range> host_ranges;
  std::map<device_pointer, std::uint64_t> globals; ///< of modules: address and bytes

  /// The reservation that holds all of a range; null.
  reservation* around(device_pointer address, std::uint64_t bytes);
  /// A range known to the library begins, ends or lies within this one.
  bool overlaps_host_range(device_pointer address, std::uint64_t bytes) const;
};

} // namespace fake_cuda
