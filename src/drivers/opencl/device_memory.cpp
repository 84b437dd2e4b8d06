// SPDX-License-Identifier: MIT
#include "drivers/opencl/device_memory.hpp"

#include "drivers/file_segment.hpp"
#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/environment.hpp"
#include "drivers/opencl/known_drivers.hpp"
#include "drivers/opencl/zeroed_segment.hpp"

#include <cstring>
#include <string_view>

namespace dotcompute::opencl {
namespace {

constexpr const char* operation = "make a segment";

/// Memory of the driver's, at an address that host and device share.
class shared_segment final : public zeroed_segment {
 public:
  shared_segment(std::shared_ptr<device_memory> memory, std::uint64_t size)
      : zeroed_segment(memory->context()), memory_(std::move(memory)) {
    const bool fine = memory_->is_unified();
    const bits flags = mem_read_write | (fine ? mem_svm_fine_grain_buffer : 0);
    // Drivers need not align to more than their largest vector.
    const std::uint64_t room = size + alignment;
    start_ = context().api().clSVMAlloc(context().handle(), flags, room, 0);
    if (!start_) {
      const std::string reason = "clSVMAlloc gave no memory for " + std::to_string(room) + " bytes";
      context().require_working(reason, operation);
      throw error(error_code::out_of_device_memory, reason,
                  {context().id(), 1, operation, meaning_of(result::mem_object_allocation_failure).remedy});
    }
    const auto begin = reinterpret_cast<std::uintptr_t>(start_);
    address = reinterpret_cast<std::byte*>((begin + alignment - 1) / alignment * alignment);
    bytes = size;
    try {
      if (fine)
        std::memset(address, 0, size);
      else
        zero([this](queue_handle queue, const std::byte* pattern, std::uint32_t width, const event_sink& sink) {
          memory_->fill(queue, address, pattern, width, bytes, sink);
        });
    } catch (...) {
      undo();
      throw;
    }
  }
  ~shared_segment() override { undo(); }

 private:
  static constexpr std::uint64_t alignment = device_memory::granularity; // bytes

  opencl_context& context() const { return memory_->context(); }

  void undo() noexcept {
    if (may_be_given_back()) context().api().clSVMFree(context().handle(), start_);
  }

  const std::shared_ptr<device_memory> memory_;
  void* start_ = nullptr;
};

/// Of the host's memory. Where the device's kernels cannot reach it, copies can.
class host_segment final : public drivers::file_segment {
 public:
  template <class... Place>
  host_segment(std::shared_ptr<device_memory> memory, std::uint64_t size, Place... place)
      : file_segment(memory->context().id(), size, place...), memory_(std::move(memory)) {
    if (!memory_->is_unified()) memory_->addresses().insert(begin(), bytes, drivers::residence::host);
  }
  ~host_segment() override {
    if (!memory_->is_unified()) memory_->addresses().erase(begin());
    // Nobody waits for what a lost device may still be at, which needs something to be there.
    if (memory_->context().is_lost()) leave_zeros();
  }

 private:
  std::uintptr_t begin() const noexcept { return reinterpret_cast<std::uintptr_t>(address); }

  const std::shared_ptr<device_memory> memory_;
};

} // namespace

memory_kind choose_memory(const driver_api& api, const found_device& found) {
  const bits offered = read_number<bits>(api, found.device, device_info::svm_capabilities).value_or(bits{0});
  if (!api.clSVMAlloc || !api.clSVMFree || !api.clSetKernelArgSVMPointer || !api.clEnqueueSVMMemcpy ||
      !api.clEnqueueSVMMemFill || (offered & svm_coarse_grain_buffer) == 0)
    return memory_kind::objects;
  const bool can_host = (offered & svm_fine_grain_system) != 0 || reaches_host_memory(api, found),
             can_fine = (offered & svm_fine_grain_buffer) != 0;
  const std::string_view wanted = wanted_memory();
  if (wanted == "objects") return memory_kind::objects;
  if (wanted == "coarse") return memory_kind::coarse_grained;
  if (wanted == "fine" && can_fine) return memory_kind::fine_grained;
  return can_host ? memory_kind::host : can_fine ? memory_kind::fine_grained : memory_kind::coarse_grained;
}

device_memory::device_memory(std::shared_ptr<opencl_context> context, memory_kind kind)
    : context_(std::move(context)), kind_(kind),
      objects_(is_unified() ? nullptr : std::make_shared<memory_objects>(context_)) {}

std::unique_ptr<drivers::segment> device_memory::make_segment(buffer_kind kind, std::uint64_t bytes,
                                                              const segment_place& place) {
  context_->require_present(operation);
  const std::uint64_t size = (bytes + granularity - 1) / granularity * granularity;
  if (kind_ != memory_kind::host && place.address)
    throw error(error_code::unsupported, "the device's memory cannot be shared between processes",
                {context_->id(), 1, operation, "Open the device with isolation::none."});
  if (place.file >= 0) return std::make_unique<host_segment>(shared_from_this(), size, place.file, place.address);
  if (place.address) return std::make_unique<host_segment>(shared_from_this(), size, place.address);
  if (kind_ == memory_kind::host || (kind == buffer_kind::host_shared && !is_unified()))
    return std::make_unique<host_segment>(shared_from_this(), size);
  if (kind_ == memory_kind::objects) return memory_objects::make_segment(objects_, size, granularity);
  return std::make_unique<shared_segment>(shared_from_this(), size);
}

bool device_memory::is_unreachable(const void* address) const noexcept {
  return !is_unified() && addresses_.find(reinterpret_cast<std::uintptr_t>(address), 1) == drivers::residence::host;
}

owned_object device_memory::set_argument(kernel_handle kernel, std::uint32_t index, argument_space space,
                                         const std::byte* address, const std::string& launch) const {
  if (kind_ == memory_kind::objects) return objects_->set_argument(kernel, index, space, address, launch);
  if (is_unreachable(address)) [[unlikely]]
    throw error(error_code::unsupported,
                "kernels of the device cannot reach host-shared memory (argument " + std::to_string(index) + ")",
                {context_->id(), 1, launch, "Use a device-local buffer and copies."});
  context_->check(context_->api().clSetKernelArgSVMPointer(kernel, index, address), "clSetKernelArgSVMPointer", launch);
  return {};
}

void device_memory::copy(queue_handle queue, void* to, const void* from, std::uint64_t bytes,
                         const event_sink& sink) const {
  if (kind_ == memory_kind::objects) return objects_->copy(queue, to, from, bytes, sink);
  event_handle event = nullptr;
  context_->check(context_->api().clEnqueueSVMMemcpy(queue, 0, to, from, bytes, 0, nullptr, &event),
                  "clEnqueueSVMMemcpy", "copy");
  sink(event);
}

void device_memory::fill(queue_handle queue, void* to, const std::byte* pattern, std::uint32_t width,
                         std::uint64_t bytes, const event_sink& sink) const {
  // Shared virtual memory is filled in place; other memory of the host is not.
  if (kind_ == memory_kind::objects || is_unreachable(to))
    return objects_->fill(queue, to, pattern, width, bytes, sink);
  event_handle event = nullptr;
  context_->check(context_->api().clEnqueueSVMMemFill(queue, to, pattern, width, bytes, 0, nullptr, &event),
                  "clEnqueueSVMMemFill", "fill");
  sink(event);
}

} // namespace dotcompute::opencl
