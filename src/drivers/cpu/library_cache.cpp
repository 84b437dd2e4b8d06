// SPDX-License-Identifier: MIT
#include "drivers/cpu/library_cache.hpp"

#include <algorithm>

namespace dotcompute::cpu {

std::shared_ptr<const dynamic_library> library_cache::load(const std::string& name, std::span<const std::byte> elf) {
  const digest key = digest_of(elf);
  {
    const std::lock_guard lock(guard_);
    const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const entry& e) { return e.key == key; });
    if (found != recent_.end()) {
      recent_.splice(recent_.begin(), recent_, found);
      return found->library;
    }
  }
  // Outside the lock: another thread may load the same library meanwhile, which costs memory and nothing else.
  auto library = std::make_shared<const dynamic_library>(dynamic_library::from_bytes(name, elf));
  const std::lock_guard lock(guard_);
  recent_.push_front({key, library});
  if (recent_.size() > capacity_) recent_.pop_back();
  return library;
}

} // namespace dotcompute::cpu
