// SPDX-License-Identifier: MIT
#include "execution/device_state.hpp"

#include "support/log.hpp"

#include <thread>

namespace dotcompute::detail {
namespace {

template <class T>
void add(std::vector<std::weak_ptr<T>>& list, const std::shared_ptr<T>& made) {
  std::erase_if(list, [](const auto& each) { return each.expired(); });
  list.push_back(made);
}

template <class T>
std::vector<std::shared_ptr<T>> present(const std::vector<std::weak_ptr<T>>& list) {
  std::vector<std::shared_ptr<T>> all;
  for (const auto& each : list)
    if (auto found = each.lock()) all.push_back(std::move(found));
  return all;
}

} // namespace

device_state::dated_allocation device_state::allocate(const memory::allocation_request& request) {
  for (;;) {
    const std::uint64_t epoch = memory_epoch_.load(std::memory_order_acquire);
    if (epoch % 2 != 0) { // for as long as unmapping takes
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      continue;
    }
    const memory::allocation a = memory.allocate(request);
    if (memory_epoch_.load(std::memory_order_acquire) == epoch) return {a, epoch / 2 + 1};
    try {
      memory.free(a.handle);
    } catch (const error&) {
    } // discarded with the others
  }
}

memory::discarded device_state::discard_memory() noexcept {
  memory_epoch_.fetch_add(1, std::memory_order_acq_rel);
  const memory::discarded gone = memory.discard();
  memory_epoch_.fetch_add(1, std::memory_order_acq_rel);
  return gone;
}

void device_state::add_queue(const std::shared_ptr<queue_state>& made) {
  const std::lock_guard lock(lists_guard_);
  add(queues_, made);
}

std::vector<std::shared_ptr<queue_state>> device_state::queues() {
  const std::lock_guard lock(lists_guard_);
  return present(queues_);
}

void device_state::add_lease(const std::shared_ptr<lease_state>& made) {
  const std::lock_guard lock(lists_guard_);
  add(leases_, made);
}

std::vector<std::shared_ptr<lease_state>> device_state::leases() {
  const std::lock_guard lock(lists_guard_);
  return present(leases_);
}

void device_state::mark_lost(const error& reason) {
  {
    const std::lock_guard lock(loss_guard_);
    if (loss_) return;
    loss_ = reason;
  }
  is_lost_.store(true, std::memory_order_release);
  log::error("device {} is lost: {}", id, reason.message());
}

error device_state::loss(const std::string& operation) const {
  const std::lock_guard lock(loss_guard_);
  return error(error_class::device_lost, error_code::device_lost,
               "the device is lost: " + (loss_ ? loss_->message() : "nobody said why"),
               describe(operation, "End this process: the driver cannot bring the device back inside it."));
}

} // namespace dotcompute::detail
