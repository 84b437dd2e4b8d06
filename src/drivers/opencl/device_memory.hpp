// SPDX-License-Identifier: MIT
// How the memory of a device is made, and how kernels and copies are told where it is.
#pragma once

#include "drivers/address_table.hpp"
#include "drivers/opencl/opencl_context.hpp"
#include "drivers/segment.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace dotcompute::opencl {

/// What the device can do with addresses, best first. All are shared virtual memory: what kernels get are addresses,
/// to which arithmetic applies.
enum class memory_kind : std::uint8_t {
  host,           ///< any address of the process: fine-grained system memory, or a device that is the host's processors
  fine_grained,   ///< what the driver allocates, which the host reaches as well, at any time
  coarse_grained, ///< what the driver allocates, which only copies reach
};

/// The best that the device offers; nothing when it has no shared virtual memory, or the loader lacks the functions.
/// DOTCOMPUTE_OPENCL_MEMORY=host|fine|coarse decides otherwise; what the device cannot do is not taken.
std::optional<memory_kind> choose_memory(const driver_api& api, const found_device& found);

/// The host follows addresses of the device's memory.
constexpr bool is_unified(memory_kind kind) noexcept {
  return kind != memory_kind::coarse_grained;
}

/// Where a segment is to be, and whose memory it is.
struct segment_place {
  std::byte* address = nullptr; ///< null: anywhere
  int file = -1;                ///< of another process's segment, lent; -1: new memory
};

/// Thread-safe.
class device_memory : public std::enable_shared_from_this<device_memory> {
 public:
  static constexpr std::uint64_t granularity = 2 << 20; ///< bytes, of segments

  device_memory(std::shared_ptr<opencl_context> context, memory_kind kind)
      : context_(std::move(context)), kind_(kind) {}

  memory_kind kind() const noexcept { return kind_; }
  /// The host follows addresses of all segments.
  bool is_unified() const noexcept { return opencl::is_unified(kind_); }

  /// Zeroed. Throws out_of_device_memory, out_of_memory, out_of_handles, deadline_exceeded when the device does not get
  /// round to zeroing it within 10 s, device_lost; unsupported for a place, unless the memory is the host's.
  std::unique_ptr<drivers::segment> make_segment(buffer_kind kind, std::uint64_t bytes, const segment_place& place);

  /// Throws unsupported for memory that kernels of the device cannot reach.
  void set_argument(kernel_handle kernel, std::uint32_t index, const std::byte* address,
                    const std::string& operation) const;
  /// Puts it into the queue; its event. Host memory may be on either side, and is used until the event.
  event_handle copy(queue_handle queue, void* to, const void* from, std::uint64_t bytes) const;
  /// Writes the pattern of `width` bytes, a power of two, over and over; `to` is a multiple of it.
  event_handle fill(queue_handle queue, void* to, const std::byte* pattern, std::uint32_t width,
                    std::uint64_t bytes) const;

  opencl_context& context() const noexcept { return *context_; }
  drivers::address_table& addresses() noexcept { return addresses_; }

 private:
  const std::shared_ptr<opencl_context> context_;
  const memory_kind kind_;
  drivers::address_table addresses_; ///< coarse_grained: host memory that kernels cannot reach
};

} // namespace dotcompute::opencl
