// SPDX-License-Identifier: MIT
// One device's context, shared by all that was made in it, and whether it still works.
#pragma once

#include "drivers/opencl/device_part.hpp"
#include "drivers/opencl/driver_error.hpp"
#include "drivers/opencl/opencl_library.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace dotcompute::opencl {

/// Takes over the event of a command that was put into a queue.
using event_sink = std::function<void(event_handle)>;

/// Thread-safe. Once a call has said that nothing works any more, the context is lost for ever: every later call throws
/// device_lost at once and quotes the first reason, whatever the driver would answer.
class opencl_context {
 public:
  /// Throws unsupported, out_of_device_memory, device_lost.
  /// `part`: what `found` is, unless it is a whole device.
  opencl_context(std::shared_ptr<const opencl_library> library, found_device found, std::string id, sub_device part);
  ~opencl_context();
  opencl_context(const opencl_context&) = delete;
  opencl_context& operator=(const opencl_context&) = delete;

  const driver_api& api() const noexcept { return library_->api; }
  const found_device& found() const noexcept { return found_; }
  device_handle device() const noexcept { return found_.device; }
  context_handle handle() const noexcept { return handle_; }
  const std::string& id() const noexcept { return id_; }

  bool is_lost() const noexcept { return is_lost_.load(std::memory_order_acquire); }
  /// The first reason stays.
  void mark_lost(const std::string& reason) noexcept;
  void require_present(const std::string& operation) const {
    if (is_lost()) [[unlikely]]
      throw_lost(operation);
  }

  /// Throws the error for a result that is none of success, and marks the context as lost where it says so. An
  /// ambiguous result is followed by a probe: whether the context still carries out a command, for up to a second.
  void check(result r, const char* function, const std::string& operation) {
    if (r != result::success) [[unlikely]]
      fail(r, function, operation);
  }
  void check(result r, const char* function, const char* operation) {
    if (r != result::success) [[unlikely]]
      fail(r, function, operation);
  }
  [[noreturn]] void fail(result r, const char* function, const std::string& operation);
  /// For a failure that may be of one request or of the whole context: asks the context to carry out a command, and
  /// throws device_lost when it does not within a second. `reason`: what happened.
  void require_working(const std::string& reason, const std::string& operation);
  /// For destructors: logs what went wrong.
  void note(result r, const char* function, const char* operation) noexcept;

 private:
  [[noreturn]] void throw_lost(const std::string& operation) const;
  /// Whether a new queue of this context gets through a command within a second.
  bool still_works();

  const std::shared_ptr<const opencl_library> library_;
  sub_device part_;
  const found_device found_;
  const std::string id_;
  context_handle handle_ = nullptr;
  std::atomic<bool> is_lost_{false};
  mutable std::mutex guard_; ///< of reason_
  std::string reason_;
};

} // namespace dotcompute::opencl
