// SPDX-License-Identifier: MIT
// How the memory of a device is made, and how kernels and copies are told where it is.
#pragma once

#include "drivers/address_table.hpp"
#include "drivers/opencl/memory_objects.hpp"
#include "drivers/opencl/opencl_context.hpp"
#include "drivers/segment.hpp"

#include <dotcompute/reflection.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace dotcompute::opencl {

/// What the device can do with addresses, best first. All but the last are shared virtual memory: what kernels get are
/// addresses, to which arithmetic applies.
enum class memory_kind : std::uint8_t {
  host,           ///< any address of the process: fine-grained system memory, or a device that is the host's processors
  fine_grained,   ///< what the driver allocates, which the host reaches as well, at any time
  coarse_grained, ///< what the driver allocates, which only copies reach
  objects,        ///< the same, and kernels get objects of OpenCL in place of addresses
};

/// The best that the device and the loader offer. DOTCOMPUTE_OPENCL_MEMORY=host|fine|coarse|objects decides otherwise;
/// what the device cannot do is not taken.
memory_kind choose_memory(const driver_api& api, const found_device& found);

/// The host follows addresses of the device's memory.
constexpr bool is_unified(memory_kind kind) noexcept {
  return kind == memory_kind::host || kind == memory_kind::fine_grained;
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

  device_memory(std::shared_ptr<opencl_context> context, memory_kind kind);

  memory_kind kind() const noexcept { return kind_; }
  /// The host follows addresses of all segments.
  bool is_unified() const noexcept { return opencl::is_unified(kind_); }

  /// Zeroed. Throws out_of_device_memory, out_of_memory, out_of_handles, deadline_exceeded when the device does not get
  /// round to zeroing it within 10 s, device_lost; unsupported for a place, unless the memory is the host's.
  std::unique_ptr<drivers::segment> make_segment(buffer_kind kind, std::uint64_t bytes, const segment_place& place);

  /// Blocks of segments that kernels are given begin at multiples of so many bytes.
  std::uint64_t alignment() const noexcept { return kind_ == memory_kind::objects ? objects_->alignment() : 1; }

  /// What it returns is kept until the kernel was launched. Throws unsupported for memory that kernels of the device
  /// cannot reach.
  owned_object set_argument(kernel_handle kernel, std::uint32_t index, argument_space space, const std::byte* address,
                            const std::string& operation) const;
  /// Puts it into the queue, and hands out the events of all of its parts. Host memory may be on either side, and is
  /// used until the last of them.
  void copy(queue_handle queue, void* to, const void* from, std::uint64_t bytes, const event_sink& sink) const;
  /// Writes the pattern of `width` bytes, a power of two, over and over; `to` is a multiple of it.
  void fill(queue_handle queue, void* to, const std::byte* pattern, std::uint32_t width, std::uint64_t bytes,
            const event_sink& sink) const;

  opencl_context& context() const noexcept { return *context_; }
  drivers::address_table& addresses() noexcept { return addresses_; }

 private:
  const std::shared_ptr<opencl_context> context_;
  const memory_kind kind_;
  bool is_unreachable(const void* address) const noexcept;

  const std::shared_ptr<memory_objects> objects_; ///< null where the host follows all addresses
  drivers::address_table addresses_;              ///< of segments in host memory that kernels cannot reach
};

} // namespace dotcompute::opencl
