// SPDX-License-Identifier: MIT
#include "memory/host_resource.hpp"

#include "memory/pool_core.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute::memory {

void* host_resource::do_allocate(std::size_t bytes, std::size_t alignment) {
  allocation_request r;
  r.bytes = std::max<std::size_t>(bytes, 1); // the standard allows none
  r.alignment = std::max<std::size_t>(alignment, granule);
  r.kind = buffer_kind::host_shared;
  if (tag_.load(std::memory_order_acquire) == untagged)
    tag_.store(pool_.tags.intern("memory_pool::resource()"), std::memory_order_release);
  r.tag = tag_.load(std::memory_order_relaxed);
  const allocation a = pool_.allocate(r);
  shard& s = shard_of(a.address);
  try {
    const std::lock_guard lock(s.guard);
    s.blocks.emplace(a.address, a.handle);
  } catch (...) {
    pool_.free(a.handle, no_queue, 0);
    throw;
  }
  return a.address;
}

void host_resource::do_deallocate(void* p, std::size_t, std::size_t) {
  shard& s = shard_of(p);
  block_handle handle;
  {
    const std::lock_guard lock(s.guard);
    const auto found = s.blocks.find(p);
    if (found != s.blocks.end()) {
      handle = found->second;
      s.blocks.erase(found);
    }
  }
  if (handle)
    pool_.free(handle, no_queue, 0);
  else
    log::error("{}: {} was given back to the host-shared memory resource, which has no such block",
               pool_.options.device, p);
}

} // namespace dotcompute::memory
