// SPDX-License-Identifier: MIT
#include "memory/thread_magazines.hpp"

#include "memory/pool_core.hpp"

#include <vector>

namespace dotcompute::memory {

constinit thread_local last_magazine last_used;

namespace {

constinit thread_local bool is_ending = false;

struct registered {
  std::uint64_t serial;
  std::uint32_t queue;
  magazine* found;
  std::weak_ptr<pool_core> pool;
};

struct thread_list {
  std::vector<registered> all;

  // What other thread-local objects free after this goes through the shared magazine.
  ~thread_list() {
    is_ending = true;
    last_used = {};
    for (registered& r : all)
      if (const auto pool = r.pool.lock()) pool->retire(*r.found);
  }
};

thread_local thread_list list;

} // namespace

bool may_have_magazines() noexcept {
  return !is_ending;
}

magazine* find_magazine(std::uint64_t pool_serial, queue_id queue) noexcept {
  if (is_ending) return nullptr;
  for (const registered& r : list.all)
    if (r.serial == pool_serial && r.queue == static_cast<std::uint32_t>(queue)) {
      last_used = {pool_serial, r.queue, r.found};
      return r.found;
    }
  return nullptr;
}

void add_magazine(const std::shared_ptr<pool_core>& pool, queue_id queue, magazine& m) {
  std::erase_if(list.all, [](const registered& r) { return r.pool.expired(); });
  list.all.push_back({pool->serial, static_cast<std::uint32_t>(queue), &m, pool});
  last_used = {pool->serial, static_cast<std::uint32_t>(queue), &m};
}

} // namespace dotcompute::memory
