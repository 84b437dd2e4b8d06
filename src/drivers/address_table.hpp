// SPDX-License-Identifier: MIT
// Which addresses a device's copy engines reach: those of its segments.
#pragma once

#include <cstdint>
#include <map>
#include <shared_mutex>

namespace dotcompute::drivers {

enum class residence : std::uint8_t {
  elsewhere, ///< pageable host memory, as far as is known, or partly so
  host,      ///< registered host memory
  device,
};

/// Disjoint address ranges. Thread-safe.
class address_table {
 public:
  void insert(std::uintptr_t begin, std::uint64_t bytes, residence where);
  void erase(std::uintptr_t begin) noexcept;
  /// Where all of [begin, begin + bytes) lies.
  residence find(std::uintptr_t begin, std::uint64_t bytes) const noexcept;

 private:
  struct range {
    std::uint64_t bytes;
    residence where;
  };
  mutable std::shared_mutex guard_;
  std::map<std::uintptr_t, range> ranges_;
};

} // namespace dotcompute::drivers
