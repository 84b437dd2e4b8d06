// SPDX-License-Identifier: MIT
#include "execution/device_state.hpp"

#include "support/log.hpp"

namespace dotcompute::detail {

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
  return error(error_class::device_lost, error_code::device_lost, "the device is lost: " + loss_->message(),
               describe(operation, "End this process: the driver cannot bring the device back inside it."));
}

} // namespace dotcompute::detail
