// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_context.hpp"

#include "support/log.hpp"

#include <exception>
#include <utility>

namespace dotcompute::cuda {

cuda_context::cuda_context(std::shared_ptr<const cuda_library> library, device_ordinal device, std::string id)
    : library_(std::move(library)), device_(device), id_(std::move(id)) {
  check(api().cuDevicePrimaryCtxRetain(&handle_, device_), "cuDevicePrimaryCtxRetain", "open the device");
}

cuda_context::~cuda_context() {
  // Releasing a context in which something still runs, or that is broken, may never return; the process's end does it.
  if (is_lost()) return;
  note(api().cuDevicePrimaryCtxRelease(device_), "cuDevicePrimaryCtxRelease", "close the device");
}

void cuda_context::mark_lost(const std::string& reason) noexcept {
  bool is_first = false;
  try {
    const std::lock_guard lock(guard_);
    is_first = !is_lost();
    if (is_first) reason_ = reason;
  } catch (const std::exception&) {
    // Without memory for the reason it is lost all the same.
  }
  is_lost_.store(true, std::memory_order_release);
  if (is_first) log::error("{} is lost: {}", id_, reason);
}

void cuda_context::throw_lost(const char* operation) const {
  std::string reason;
  {
    const std::lock_guard lock(guard_);
    reason = reason_;
  }
  throw error(error_code::device_lost, "the device was lost before: " + reason,
              {id_, 1, operation, "Start the process again; in this one the device stays lost."});
}

void cuda_context::fail(result r, const char* function, const std::string& operation) {
  const error e = make_error(r, function, &api(), id_, operation);
  if (e.kind() == error_class::device_lost || e.kind() == error_class::fatal)
    mark_lost(e.message() + ", to: " + operation);
  throw e;
}

void cuda_context::note(result r, const char* function, const char* operation) noexcept {
  if (r == result::success) return;
  try {
    const error e = make_error(r, function, &api(), id_, operation);
    if (e.kind() == error_class::device_lost || e.kind() == error_class::fatal)
      mark_lost(e.message() + ", to: " + operation);
    else
      log::warning("{}", e.what());
  } catch (const std::exception&) {
    log::warning("a call of the CUDA driver failed, and there is no memory to say which");
  }
}

int cuda_context::attribute(device_attribute a) {
  int value = 0;
  check(api().cuDeviceGetAttribute(&value, a, device_), "cuDeviceGetAttribute", "read what the device can do");
  return value;
}

} // namespace dotcompute::cuda
