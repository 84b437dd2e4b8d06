// SPDX-License-Identifier: MIT
// Host memory of the driver's that the device reaches directly.
#pragma once

#include "drivers/cuda/cuda_context.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace dotcompute::cuda {

/// Owns zeroed pages, or none. Move-only. The destructor waits for nothing when the device is lost: the memory then
/// stays until the process ends, because the device may still write to it.
class pinned_memory {
 public:
  pinned_memory() = default;
  /// Throws out_of_memory, device_lost. May wait for the device to become idle.
  pinned_memory(std::shared_ptr<cuda_context> context, std::size_t bytes);
  pinned_memory(pinned_memory&& other) noexcept
      : context_(std::move(other.context_)), data_(std::exchange(other.data_, nullptr)),
        on_device_(std::exchange(other.on_device_, 0)), bytes_(std::exchange(other.bytes_, 0)) {}
  pinned_memory& operator=(pinned_memory&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(data_, other.data_);
    std::swap(on_device_, other.on_device_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~pinned_memory();

  explicit operator bool() const noexcept { return data_ != nullptr; }
  std::byte* data() const noexcept { return data_; }
  device_address on_device() const noexcept { return on_device_; } ///< the same bytes, as kernels see them
  std::size_t size() const noexcept { return bytes_; }

 private:
  std::shared_ptr<cuda_context> context_;
  std::byte* data_ = nullptr;
  device_address on_device_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace dotcompute::cuda
