// SPDX-License-Identifier: MIT
// One allocation of a buffer.
#pragma once

#include "execution/device_state.hpp"

#include <dotcompute/buffer.hpp>

#include <atomic>
#include <memory>
#include <source_location>
#include <string>

namespace dotcompute::detail {

/// Keeps its device open. Free for everybody with the last handle, or for one queue before that by release().
class memory_object {
 public:
  memory_object(std::shared_ptr<device_state> owner, std::uint64_t bytes, const memory::allocation_request& request,
                const std::source_location& where)
      : memory_object(owner, bytes, request, where, owner->allocate(request)) {}
  ~memory_object();
  memory_object(const memory_object&) = delete;
  memory_object& operator=(const memory_object&) = delete;

  /// What is in it belongs to commands that `queue` gets later, and to others once its timeline has reached `number`.
  /// Throws buffer_released.
  void release(memory::queue_id queue, std::uint64_t number, const std::string& queue_name);
  /// What is in it may be half of one thing and half of another: a command that could write it was cut short. Until
  /// accept(), or a command that writes it whole.
  void suspect() noexcept { is_suspect_.store(true, std::memory_order_release); }
  void accept() noexcept { is_suspect_.store(false, std::memory_order_release); }
  bool is_suspect() const noexcept { return is_suspect_.load(std::memory_order_acquire); }
  /// Its memory was discarded with all of the device's.
  bool is_stale() const noexcept { return generation != device->memory_generation(); }
  bool is_released() const noexcept { return is_released_.load(std::memory_order_acquire); }
  /// Throws buffer_released, naming the buffer.
  void require_present(const std::string& operation) const {
    if (is_released()) refuse(operation);
  }
  /// "of 4096 bytes, tag 'tenant', made at main.cpp:12".
  std::string describe() const;

  std::byte* address() const noexcept { return allocation.address; }

  const std::shared_ptr<device_state> device;
  const buffer_kind kind;
  const std::uint64_t size; ///< as asked for
  const std::uint64_t generation;
  const memory::allocation allocation;
  const memory::tag_id tag;

 private:
  memory_object(std::shared_ptr<device_state> owner, std::uint64_t bytes, const memory::allocation_request& request,
                const std::source_location& where, const device_state::dated_allocation& made)
      : device(std::move(owner)), kind(request.kind), size(bytes), generation(made.generation),
        allocation(made.allocation), tag(request.tag), where_(where) {}
  [[noreturn]] void refuse(const std::string& operation) const;

  const std::source_location where_;
  std::atomic<bool> is_released_{false}, is_suspect_{false};
};

} // namespace dotcompute::detail
