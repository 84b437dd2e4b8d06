// SPDX-License-Identifier: MIT
// The memory of a device without shared virtual memory: objects of OpenCL, for each of which a range of addresses
// stands, reserved and unreadable. What is above cuts up the addresses; here they become an object and an offset again.
#pragma once

#include "drivers/opencl/opencl_context.hpp"
#include "drivers/segment.hpp"

#include <dotcompute/reflection.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

namespace dotcompute::opencl {

/// An object, given back with this. Commands that were put into a queue keep what they use themselves.
class owned_object {
 public:
  owned_object() = default;
  owned_object(opencl_context& context, memory_handle object) : context_(&context), object_(object) {}
  ~owned_object();
  owned_object(owned_object&& other) noexcept;
  owned_object& operator=(owned_object&& other) noexcept;

  memory_handle get() const noexcept { return object_; }
  /// It stays until the process ends.
  void abandon() noexcept { object_ = nullptr; }

 private:
  opencl_context* context_ = nullptr;
  memory_handle object_ = nullptr;
};

/// Thread-safe.
class memory_objects {
 public:
  explicit memory_objects(std::shared_ptr<opencl_context> context);

  /// `size` bytes of the device's, zeroed, at addresses that are multiples of `alignment`. `self` owns this. Throws
  /// out_of_device_memory, out_of_memory, deadline_exceeded, device_lost.
  static std::unique_ptr<drivers::segment> make_segment(const std::shared_ptr<memory_objects>& self, std::uint64_t size,
                                                        std::uint64_t alignment);

  /// What a kernel is given for an address: the rest of the segment, as an object of its own where that must be kept
  /// until the kernel was launched. Throws unsupported for addresses that are no segment's, or where no object can
  /// begin.
  owned_object set_argument(kernel_handle kernel, std::uint32_t index, argument_space space, const std::byte* address,
                            const std::string& operation) const;

  /// Each puts commands into the queue and hands out the event of every one. Either side may be host memory, which is
  /// used until the events.
  void copy(queue_handle queue, void* to, const void* from, std::uint64_t bytes, const event_sink& sink) const;
  void fill(queue_handle queue, void* to, const std::byte* pattern, std::uint32_t width, std::uint64_t bytes,
            const event_sink& sink) const;

  /// Where objects for kernels can begin: multiples of so many bytes in a segment.
  std::uint64_t alignment() const noexcept { return alignment_; }

 private:
  class object_segment;
  struct range {
    std::uint64_t bytes;
    memory_handle object;
  };
  struct place {
    memory_handle object;
    std::uint64_t offset, left; ///< bytes
  };
  std::optional<place> find(const void* address) const noexcept;
  memory_handle make_object(std::uint64_t bytes, const std::string& operation) const;
  const driver_api& api() const noexcept { return context_->api(); }

  const std::shared_ptr<opencl_context> context_;
  const std::uint64_t alignment_;
  const std::uint64_t most_constant_; ///< bytes of an object in constant memory
  mutable std::shared_mutex guard_;
  std::map<std::uintptr_t, range> ranges_; ///< by the first address that stands for it
};

} // namespace dotcompute::opencl
