// SPDX-License-Identifier: MIT
#include "memory/pressure.hpp"

#include "support/clock.hpp"
#include "support/log.hpp"

#include <algorithm>

namespace dotcompute::memory {
namespace {

thread_local bool in_callback = false;

} // namespace

bool pressure_list::is_in_callback() noexcept {
  return in_callback;
}

std::shared_ptr<detail::pressure_registration> pressure_list::add(int priority, pressure_callback call) {
  if (!call)
    throw error(error_code::invalid_argument, "an empty pressure callback", {"", 0, "register a callback", ""});
  auto e = std::make_shared<entry>();
  e->priority = priority;
  e->call = std::move(call);
  auto registration = std::make_shared<detail::pressure_registration>(shared_from_this(), e);
  const std::lock_guard lock(guard_);
  const auto place =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& o) { return o->priority < priority; });
  entries_.insert(place, std::move(e));
  return registration;
}

void pressure_list::remove(const std::shared_ptr<entry>& e) noexcept {
  std::unique_lock lock(guard_);
  e->is_removed = true;
  std::erase(entries_, e);
  // A callback that unregisters itself is on this thread and cannot be waited for.
  const unsigned own = in_callback ? 1 : 0;
  const auto deadline = deadline_after(std::chrono::seconds(1));
  if (!left_.wait_until(lock, deadline, [&] { return e->running <= own; }))
    log::warning("a pressure callback was unregistered but still runs after a second");
}

std::vector<std::shared_ptr<pressure_list::entry>> pressure_list::by_priority() const {
  const std::lock_guard lock(guard_);
  return entries_;
}

std::uint64_t pressure_list::call(const std::shared_ptr<entry>& e, std::uint64_t wanted_bytes) noexcept {
  {
    const std::lock_guard lock(guard_);
    if (e->is_removed || in_callback) return 0;
    ++e->running;
  }
  in_callback = true;
  std::uint64_t freed = 0;
  try {
    freed = e->call(wanted_bytes);
  } catch (const std::exception& problem) {
    log::error("a pressure callback failed: {}", problem.what());
  } catch (...) {
    log::error("a pressure callback failed with an unknown exception");
  }
  in_callback = false;
  const std::lock_guard lock(guard_);
  --e->running;
  left_.notify_all();
  return freed;
}

} // namespace dotcompute::memory
