// SPDX-License-Identifier: MIT
// Which addresses a device's copy engines reach: those of its segments and its peers'.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <shared_mutex>
#include <vector>

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
  /// The device reaches what is in the table of another, for as long as that is there.
  void add_peer(const std::shared_ptr<const address_table>& peer);
  /// Where all of [begin, begin + bytes) lies.
  residence find(std::uintptr_t begin, std::uint64_t bytes) const noexcept;

 private:
  struct range {
    std::uint64_t bytes;
    residence where;
  };
  residence find_own(std::uintptr_t begin, std::uint64_t bytes) const noexcept;

  mutable std::shared_mutex guard_;
  std::map<std::uintptr_t, range> ranges_;
  std::vector<std::weak_ptr<const address_table>> peers_; ///< only grows
};

} // namespace dotcompute::drivers
