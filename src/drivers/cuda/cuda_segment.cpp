// SPDX-License-Identifier: MIT
#include "drivers/cuda/cuda_segment.hpp"

#include "drivers/cuda/own_stream.hpp"
#include "drivers/file_segment.hpp"
#include "support/file_descriptor.hpp"
#include "support/log.hpp"
#include "support/system_error.hpp"

#include <fcntl.h>

#include <algorithm>
#include <string>

namespace dotcompute::cuda {
namespace {

constexpr auto zeroing_time = std::chrono::seconds(10); // 80 GB take 0.05 s; a kernel that occupies the device longer
// Ranges smaller than this the driver puts into rooms of its own, whatever place is wanted; wanted places must be
// multiples of it. Measured with driver 580.159 on an H100.
constexpr std::uint64_t placed_room = 32 << 20;
constexpr const char* operation = "make a segment";
constexpr const char* release = "release a segment";

allocation_properties properties_of(const segment_origin& origin) {
  allocation_properties p{};
  p.type = allocation_type::pinned;
  p.location = {location_type::device, origin.context->device()};
  p.requested_handle_types =
      origin.has_files ? allocation_handle_type::posix_file_descriptor : allocation_handle_type::none;
  return p;
}

/// Each step of making it is undone by the destructor, so a failure anywhere leaves nothing behind.
class device_segment final : public drivers::segment {
 public:
  device_segment(const segment_origin& origin, std::uint64_t size, const segment_place& place) : origin_(origin) {
    const current_context current(context(), operation);
    reserved_ = (size + origin_.granularity - 1) / origin_.granularity * origin_.granularity;
    try {
      if (place.file < 0)
        create(size);
      else
        import(place.file);
      map(place.address);
      if (place.file < 0) zero();
      publish();
    } catch (...) {
      undo();
      throw;
    }
  }
  ~device_segment() override {
    const current_context current(context()); // without it these calls work as well
    undo();
  }

 private:
  cuda_context& context() const { return *origin_.context; }
  const driver_api& api() const { return context().api(); }

  void create(std::uint64_t size) {
    const driver_api& api = context().api();
    const allocation_properties p = properties_of(origin_);
    context().check(api.cuMemCreate(&memory_, reserved_, &p, 0), "cuMemCreate",
                    "make a segment of " + std::to_string(size) + " bytes");
    has_memory_ = true;
    if (origin_.has_files) {
      int number = -1;
      context().check(
          api.cuMemExportToShareableHandle(&number, memory_, allocation_handle_type::posix_file_descriptor, 0),
          "cuMemExportToShareableHandle", operation);
      file_ = file_descriptor(number);
      if (const int flags = ::fcntl(number, F_GETFD); flags >= 0) ::fcntl(number, F_SETFD, flags | FD_CLOEXEC);
    }
  }

  void import(int number) {
    if (!origin_.has_files)
      throw error(error_code::unsupported, "the device's memory cannot be shared between processes",
                  {context().id(), 1, operation, "Open the device with isolation::none."});
    void* const shareable = reinterpret_cast<void*>(static_cast<std::intptr_t>(number));
    context().check(
        api().cuMemImportFromShareableHandle(&memory_, shareable, allocation_handle_type::posix_file_descriptor),
        "cuMemImportFromShareableHandle", operation);
    has_memory_ = true;
    file_ = file_descriptor(::fcntl(number, F_DUPFD_CLOEXEC, 0));
    if (!file_) throw system_error(errno, operation, "fcntl");
  }

  void map(std::byte* wanted) {
    const driver_api& api = context().api();
    const auto hint = reinterpret_cast<std::uintptr_t>(wanted);
    room_ = wanted ? (reserved_ + placed_room - 1) / placed_room * placed_room : reserved_;
    context().check(api.cuMemAddressReserve(&start_, room_, origin_.granularity, hint, 0), "cuMemAddressReserve",
                    operation);
    if (wanted && start_ != hint)
      throw error(error_code::out_of_handles,
                  fmt::format("the driver has 0x{:x} free, and not 0x{:x}", start_, static_cast<device_address>(hint)),
                  {context().id(), 1, operation, "Ask for another segment."});
    context().check(api.cuMemMap(start_, reserved_, 0, memory_, 0), "cuMemMap", operation);
    is_mapped_ = true;
    origin_.access->open(start_, reserved_);
  }

  void publish() {
    address = reinterpret_cast<std::byte*>(start_);
    bytes = reserved_;
    file = file_.get();
    origin_.addresses->insert(start_, reserved_, drivers::residence::device);
    is_known_ = true;
  }

  void zero() {
    const auto start = [this](stream_handle stream) { return api().cuMemsetD8Async(start_, 0, reserved_, stream); };
    if (!run_in_own_stream(context(), {"cuMemsetD8Async", start}, zeroing_time, operation, is_pending_))
      throw error(
          error_code::deadline_exceeded,
          "the device did not get round to zeroing " + std::to_string(reserved_) + " bytes within 10 s",
          {context().id(), 1, operation, "A kernel occupies the device; wait for it, or open the device again."});
  }

  void undo() noexcept {
    if (is_known_) origin_.addresses->erase(start_);
    if (context().is_lost()) return; // the memory goes when the process ends; calls could only fail
    if (is_pending_) {
      // Unmapping under a pending command would break the whole context, so the memory is given up instead.
      log::warning("{}: a segment of {} bytes stays allocated, because the device still works on it", context().id(),
                   reserved_);
      return;
    }
    const driver_api& api = context().api();
    origin_.access->close(start_);
    if (is_mapped_) context().note(api.cuMemUnmap(start_, reserved_), "cuMemUnmap", release);
    if (start_ != 0) context().note(api.cuMemAddressFree(start_, room_), "cuMemAddressFree", release);
    if (has_memory_) context().note(api.cuMemRelease(memory_), "cuMemRelease", release);
  }

  const segment_origin origin_;
  file_descriptor file_;
  allocation_handle memory_ = 0;
  device_address start_ = 0;
  std::uint64_t reserved_ = 0, room_ = 0; ///< bytes of memory, and of addresses
  bool has_memory_ = false, is_mapped_ = false, is_pending_ = false, is_known_ = false;
};

class host_segment final : public drivers::file_segment {
 public:
  host_segment(const segment_origin& origin, std::uint64_t size)
      : file_segment(origin.context->id(), size), origin_(origin) {
    make(size);
  }
  host_segment(const segment_origin& origin, std::uint64_t size, int lent, std::byte* place)
      : file_segment(origin.context->id(), size, lent, place), origin_(origin) {
    make(size);
  }
  host_segment(const segment_origin& origin, std::uint64_t size, std::byte* place)
      : file_segment(origin.context->id(), size, place), origin_(origin) {
    make(size);
  }
  ~host_segment() override {
    origin_.addresses->erase(reinterpret_cast<std::uintptr_t>(address));
    const current_context current(context());
    // A lost device may still write to it, and the driver would not let the addresses be registered again.
    if (context().is_lost())
      keep_addresses();
    else
      context().note(context().api().cuMemHostUnregister(address), "cuMemHostUnregister", release);
  }

 private:
  void make(std::uint64_t size) {
    const current_context current(context(), operation);
    const driver_api& api = context().api();
    const result r = api.cuMemHostRegister(address, bytes, host_register_portable | host_register_device_map);
    if (r == result::out_of_memory)
      throw error(error_code::out_of_memory,
                  std::to_string(size) +
                      " bytes of host memory cannot be registered: " + describe(r, "cuMemHostRegister", &api),
                  {context().id(), 1, operation,
                   "Free memory on this machine, or raise its limit on locked memory (ulimit -l)."});
    context().check(r, "cuMemHostRegister", "register host memory of " + std::to_string(size) + " bytes");
    try {
      device_address seen = 0;
      context().check(api.cuMemHostGetDevicePointer(&seen, address, 0), "cuMemHostGetDevicePointer", operation);
      if (seen != reinterpret_cast<std::uintptr_t>(address))
        throw error(error_code::unsupported, "kernels would see host memory at another address than the host does",
                    {context().id(), 1, operation, "Use device memory and copies on this device."});
      origin_.addresses->insert(seen, bytes, drivers::residence::host);
    } catch (...) {
      context().note(api.cuMemHostUnregister(address), "cuMemHostUnregister", operation);
      throw;
    }
  }
  cuda_context& context() const { return *origin_.context; }
  const segment_origin origin_;
};

} // namespace

segment_origin make_origin(const std::shared_ptr<cuda_context>& context) {
  segment_origin origin{context, std::make_shared<drivers::address_table>(), std::make_shared<segment_access>(context)};
  cuda_context& c = *origin.context;
  if (c.attribute(device_attribute::virtual_memory_management_supported) == 0 ||
      c.attribute(device_attribute::unified_addressing) == 0)
    throw error(error_code::unsupported,
                "the device or its driver has no virtual memory management with unified addresses",
                {c.id(), 1, "open the device", "Use a GPU of compute capability 6.0 or newer on 64-bit Linux."});
  origin.has_files = c.attribute(device_attribute::handle_type_posix_file_descriptor_supported) != 0;
  const allocation_properties p = properties_of(origin);
  std::size_t granularity = 0;
  c.check(c.api().cuMemGetAllocationGranularity(&granularity, &p, granularity_option::recommended),
          "cuMemGetAllocationGranularity", "open the device");
  origin.granularity = std::max<std::uint64_t>(granularity, drivers::file_segment_granularity);
  return origin;
}

std::unique_ptr<drivers::segment> make_device_segment(const segment_origin& origin, std::uint64_t bytes,
                                                      const segment_place& place) {
  return std::make_unique<device_segment>(origin, bytes, place);
}

std::unique_ptr<drivers::segment> make_host_segment(const segment_origin& origin, std::uint64_t bytes,
                                                    const segment_place& place) {
  const std::uint64_t rounded = (bytes + origin.granularity - 1) / origin.granularity * origin.granularity;
  if (place.file >= 0) return std::make_unique<host_segment>(origin, rounded, place.file, place.address);
  if (place.address) return std::make_unique<host_segment>(origin, rounded, place.address);
  return std::make_unique<host_segment>(origin, rounded);
}

} // namespace dotcompute::cuda
