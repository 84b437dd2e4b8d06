// SPDX-License-Identifier: MIT
// A CUDA event that destroys itself.
#pragma once

#include "drivers/cuda/cuda_context.hpp"

#include <utility>

namespace dotcompute::cuda {

/// Owns one, or none. Move-only. Its context outlives it and is current when it is made and recorded.
class cuda_event {
 public:
  cuda_event() = default;
  cuda_event(cuda_context& context, unsigned flags) : context_(&context) {
    context.check(context.api().cuEventCreate(&handle_, flags), "cuEventCreate", "make an event");
  }
  cuda_event(cuda_event&& other) noexcept : context_(other.context_), handle_(std::exchange(other.handle_, nullptr)) {}
  cuda_event& operator=(cuda_event&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~cuda_event() {
    if (handle_ && !context_->is_lost())
      context_->note(context_->api().cuEventDestroy(handle_), "cuEventDestroy", "release an event");
  }

  event_handle get() const noexcept { return handle_; }
  explicit operator bool() const noexcept { return handle_ != nullptr; }

 private:
  cuda_context* context_ = nullptr;
  event_handle handle_ = nullptr;
};

} // namespace dotcompute::cuda
