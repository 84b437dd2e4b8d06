// SPDX-License-Identifier: MIT
// One device's primary context, shared by all that was made in it, and whether it still works.
#pragma once

#include "drivers/cuda/cuda_library.hpp"
#include "drivers/cuda/driver_error.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace dotcompute::cuda {

/// Thread-safe. Once a call has said that nothing works any more, the context is lost for ever: every later call throws
/// device_lost at once and quotes the first reason, whatever the driver would answer.
class cuda_context {
 public:
  /// Makes the context, or joins the process's. Takes 0.1 to 0.5 s.
  cuda_context(std::shared_ptr<const cuda_library> library, device_ordinal device, std::string id);
  ~cuda_context();
  cuda_context(const cuda_context&) = delete;
  cuda_context& operator=(const cuda_context&) = delete;

  const driver_api& api() const noexcept { return library_->api; }
  const cuda_library& library() const noexcept { return *library_; }
  device_ordinal device() const noexcept { return device_; }
  const std::string& id() const noexcept { return id_; }
  context_handle handle() const noexcept { return handle_; }

  bool is_lost() const noexcept { return is_lost_.load(std::memory_order_acquire); }
  /// The first reason stays.
  void mark_lost(const std::string& reason) noexcept;
  void require_present(const char* operation) const {
    if (is_lost()) [[unlikely]]
      throw_lost(operation);
  }

  /// Throws the error for a result that is none of success, and marks the context as lost where it says so.
  void check(result r, const char* function, const char* operation) {
    if (r != result::success) [[unlikely]]
      fail(r, function, operation);
  }
  void check(result r, const char* function, const std::string& operation) {
    if (r != result::success) [[unlikely]]
      fail(r, function, operation);
  }
  [[noreturn]] void fail(result r, const char* function, const std::string& operation);
  /// For destructors: logs what went wrong.
  void note(result r, const char* function, const char* operation) noexcept;

  /// An attribute of the device.
  int attribute(device_attribute a);

 private:
  [[noreturn]] void throw_lost(const char* operation) const;

  const std::shared_ptr<const cuda_library> library_;
  const device_ordinal device_;
  const std::string id_;
  context_handle handle_ = nullptr;
  std::atomic<bool> is_lost_{false};
  mutable std::mutex guard_; ///< of reason_
  std::string reason_;
};

/// Makes the context current on this thread while it lives. Another context that was current comes back afterwards, so
/// an application that uses CUDA on the same thread notices nothing.
class current_context {
 public:
  /// Throws device_lost.
  current_context(cuda_context& context, const char* operation) : api_(context.api()) {
    context.require_present(operation);
    const char* function = nullptr;
    const result r = enter(context, function);
    context.check(r, function, operation);
  }
  /// For destructors: is_current() tells whether it worked; it does not for a lost context.
  explicit current_context(cuda_context& context) noexcept : api_(context.api()) {
    if (context.is_lost()) return;
    const char* function = nullptr;
    const result r = enter(context, function);
    is_current_ = r == result::success;
    if (!is_current_) context.note(r, function, "release");
  }
  ~current_context() {
    if (restored_) api_.cuCtxSetCurrent(restored_);
  }
  current_context(const current_context&) = delete;
  current_context& operator=(const current_context&) = delete;

  bool is_current() const noexcept { return is_current_; }

 private:
  /// `function`: the one that the result is from.
  result enter(const cuda_context& context, const char*& function) noexcept {
    context_handle before = nullptr;
    function = "cuCtxGetCurrent";
    if (const result r = api_.cuCtxGetCurrent(&before); r != result::success) return r;
    if (before == context.handle()) return result::success;
    function = "cuCtxSetCurrent";
    const result r = api_.cuCtxSetCurrent(context.handle());
    if (r == result::success) restored_ = before;
    return r;
  }

  const driver_api& api_;
  context_handle restored_ = nullptr;
  bool is_current_ = true;
};

} // namespace dotcompute::cuda
