// SPDX-License-Identifier: MIT
#include "drivers/address_table.hpp"

#include <mutex>

namespace dotcompute::drivers {

void address_table::insert(std::uintptr_t begin, std::uint64_t bytes, residence where) {
  const std::unique_lock lock(guard_);
  ranges_.insert_or_assign(begin, range{bytes, where});
}

void address_table::erase(std::uintptr_t begin) noexcept {
  const std::unique_lock lock(guard_);
  ranges_.erase(begin);
}

void address_table::add_peer(const std::shared_ptr<const address_table>& peer) {
  const std::unique_lock lock(guard_);
  peers_.push_back(peer);
}

residence address_table::find(std::uintptr_t begin, std::uint64_t bytes) const noexcept {
  if (const residence own = find_own(begin, bytes); own != residence::elsewhere) return own;
  // Of two tables that know each other each is asked under its own lock alone.
  for (std::size_t i = 0;; ++i) {
    std::shared_ptr<const address_table> peer;
    {
      const std::shared_lock lock(guard_);
      if (i == peers_.size()) return residence::elsewhere;
      peer = peers_[i].lock();
    }
    if (!peer) continue;
    if (const residence there = peer->find_own(begin, bytes); there != residence::elsewhere) return there;
  }
}

residence address_table::find_own(std::uintptr_t begin, std::uint64_t bytes) const noexcept {
  const std::shared_lock lock(guard_);
  auto behind = ranges_.upper_bound(begin);
  if (behind == ranges_.begin()) return residence::elsewhere;
  const auto& [start, found] = *--behind;
  // Segments that lie side by side are separate mappings: a range that spans two is nobody's buffer.
  const std::uint64_t before = begin - start;
  return before <= found.bytes && bytes <= found.bytes - before && before < found.bytes ? found.where
                                                                                        : residence::elsewhere;
}

} // namespace dotcompute::drivers
