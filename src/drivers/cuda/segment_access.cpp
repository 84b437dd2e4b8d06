// SPDX-License-Identifier: MIT
#include "drivers/cuda/segment_access.hpp"

#include <algorithm>

namespace dotcompute::cuda {

void segment_access::set(device_address start, std::uint64_t bytes, const std::vector<device_ordinal>& who) {
  std::vector<access_description> access;
  access.reserve(who.size());
  for (const device_ordinal device : who)
    access.push_back({{location_type::device, device}, access_flags::read_write});
  owner_->check(owner_->api().cuMemSetAccess(start, bytes, access.data(), access.size()), "cuMemSetAccess",
                "let devices reach a segment");
}

void segment_access::open(device_address start, std::uint64_t bytes) {
  const std::lock_guard lock(guard_);
  std::vector<device_ordinal> all = peers_;
  all.push_back(owner_->device());
  set(start, bytes, all);
  segments_.emplace(start, bytes);
}

void segment_access::close(device_address start) noexcept {
  const std::lock_guard lock(guard_);
  segments_.erase(start);
}

void segment_access::let_in(device_ordinal peer, device_address start) {
  const std::lock_guard lock(guard_);
  set(start, segments_.at(start), {peer});
}

void segment_access::let_in(device_ordinal peer) {
  const std::lock_guard lock(guard_);
  if (std::find(peers_.begin(), peers_.end(), peer) != peers_.end()) return;
  for (const auto& [start, bytes] : segments_)
    set(start, bytes, {peer});
  peers_.push_back(peer);
}

} // namespace dotcompute::cuda
