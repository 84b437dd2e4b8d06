// SPDX-License-Identifier: MIT
#include "drivers/opencl/device_memory.hpp"

#include "drivers/file_segment.hpp"
#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/known_drivers.hpp"
#include "drivers/polling.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"

#include <cstdlib>
#include <cstring>
#include <string_view>

namespace dotcompute::opencl {
namespace {

constexpr auto zeroing_time = std::chrono::seconds(10); // a kernel may occupy the device
constexpr auto settling_time = std::chrono::seconds(1);
constexpr const char* operation = "make a segment";

/// Memory of the driver's, at an address that host and device share.
class shared_segment final : public drivers::segment {
 public:
  shared_segment(std::shared_ptr<device_memory> memory, std::uint64_t size) : memory_(std::move(memory)) {
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
      fine ? static_cast<void>(std::memset(address, 0, size)) : zero();
    } catch (...) {
      undo();
      throw;
    }
  }
  ~shared_segment() override { undo(); }

 private:
  static constexpr std::uint64_t alignment = device_memory::granularity; // bytes

  opencl_context& context() const { return memory_->context(); }

  // In a queue of its own: others need not wait for it.
  void zero() {
    const driver_api& api = context().api();
    result r = result::success;
    const queue_handle queue = api.clCreateCommandQueue(context().handle(), context().device(), 0, &r);
    context().check(r, "clCreateCommandQueue", operation);
    event_handle event = nullptr;
    try {
      const std::byte nothing[16]{};
      event = memory_->fill(queue, address, nothing, sizeof nothing, bytes);
      is_pending_ = true;
      context().check(api.clFlush(queue), "clFlush", operation);
      std::int32_t status = 1;
      await(event, zeroing_time, [&](result asked, std::int32_t s) {
        context().check(asked, "clGetEventInfo", operation);
        status = s;
      });
      if (status < complete) context().fail(static_cast<result>(status), "clEnqueueSVMMemFill", operation);
    } catch (...) {
      // It may be under way all the same.
      if (is_pending_) await(event, settling_time, [](result, std::int32_t) {});
      give_back(queue, event);
      throw;
    }
    give_back(queue, event);
    if (is_pending_)
      throw error(
          error_code::deadline_exceeded,
          "the device did not get round to zeroing " + std::to_string(bytes) + " bytes within 10 s",
          {context().id(), 1, operation, "A kernel occupies the device; wait for it, or open the device again."});
  }

  /// Until the event is done, however it ended, or `time` has passed; tells every answer.
  template <class Answer>
  void await(event_handle event, std::chrono::nanoseconds time, Answer&& tell) {
    const auto deadline = deadline_after(time);
    drivers::poll_until(
        [&] {
          std::int32_t status = 1;
          const result r = context().api().clGetEventInfo(event, event_info::command_execution_status, sizeof status,
                                                          &status, nullptr);
          is_pending_ = r != result::success || status > complete;
          tell(r, status);
          return !is_pending_;
        },
        [&] { return context().is_lost() || std::chrono::steady_clock::now() >= deadline; });
  }

  void give_back(queue_handle queue, event_handle event) noexcept {
    if (context().is_lost()) return;
    if (event) context().note(context().api().clReleaseEvent(event), "clReleaseEvent", operation);
    if (!is_pending_) // else it could wait for as long as the kernel that occupies the device
      context().note(context().api().clReleaseCommandQueue(queue), "clReleaseCommandQueue", operation);
  }

  void undo() noexcept {
    if (context().is_lost()) return; // the memory goes when the process ends; calls could only hang
    if (is_pending_) {
      log::warning("{}: a segment of {} bytes stays allocated, because the device still works on it", context().id(),
                   bytes);
      return;
    }
    context().api().clSVMFree(context().handle(), start_);
  }

  const std::shared_ptr<device_memory> memory_;
  void* start_ = nullptr;
  bool is_pending_ = false;
};

/// Of the host's memory, for a device whose kernels cannot reach it: copies can.
class unreachable_segment final : public drivers::file_segment {
 public:
  unreachable_segment(std::shared_ptr<device_memory> memory, std::uint64_t size)
      : file_segment(memory->context().id(), size), memory_(std::move(memory)) {
    memory_->addresses().insert(reinterpret_cast<std::uintptr_t>(address), bytes, drivers::residence::host);
  }
  ~unreachable_segment() override { memory_->addresses().erase(reinterpret_cast<std::uintptr_t>(address)); }

 private:
  const std::shared_ptr<device_memory> memory_;
};

} // namespace

std::optional<memory_kind> choose_memory(const driver_api& api, const found_device& found) {
  const bits offered = read_number<bits>(api, found.device, device_info::svm_capabilities).value_or(bits{0});
  if (!api.clSVMAlloc || !api.clSVMFree || !api.clSetKernelArgSVMPointer || !api.clEnqueueSVMMemcpy ||
      !api.clEnqueueSVMMemFill || (offered & svm_coarse_grain_buffer) == 0)
    return {};
  const bool can_host = (offered & svm_fine_grain_system) != 0 || reaches_host_memory(api, found),
             can_fine = (offered & svm_fine_grain_buffer) != 0;
  const char* const said = std::getenv("DOTCOMPUTE_OPENCL_MEMORY");
  const std::string_view wanted = said ? said : "";
  if (wanted == "coarse") return memory_kind::coarse_grained;
  if (wanted == "fine" && can_fine) return memory_kind::fine_grained;
  return can_host ? memory_kind::host : can_fine ? memory_kind::fine_grained : memory_kind::coarse_grained;
}

std::unique_ptr<drivers::segment> device_memory::make_segment(buffer_kind kind, std::uint64_t bytes,
                                                              const segment_place& place) {
  context_->require_present(operation);
  const std::uint64_t size = (bytes + granularity - 1) / granularity * granularity;
  if (kind_ != memory_kind::host && place.address)
    throw error(error_code::unsupported, "the device's memory cannot be shared between processes",
                {context_->id(), 1, operation, "Open the device with isolation::none."});
  if (place.file >= 0) return std::make_unique<drivers::file_segment>(context_->id(), size, place.file, place.address);
  if (place.address) return std::make_unique<drivers::file_segment>(context_->id(), size, place.address);
  if (kind_ == memory_kind::host) return std::make_unique<drivers::file_segment>(context_->id(), size);
  if (kind == buffer_kind::host_shared && kind_ == memory_kind::coarse_grained)
    return std::make_unique<unreachable_segment>(shared_from_this(), size);
  return std::make_unique<shared_segment>(shared_from_this(), size);
}

void device_memory::set_argument(kernel_handle kernel, std::uint32_t index, const std::byte* address,
                                 const std::string& launch) const {
  if (kind_ == memory_kind::coarse_grained &&
      addresses_.find(reinterpret_cast<std::uintptr_t>(address), 1) == drivers::residence::host) [[unlikely]]
    throw error(error_code::unsupported,
                "kernels of the device cannot reach host-shared memory (argument " + std::to_string(index) + ")",
                {context_->id(), 1, launch, "Use a device-local buffer and copies."});
  context_->check(context_->api().clSetKernelArgSVMPointer(kernel, index, address), "clSetKernelArgSVMPointer", launch);
}

event_handle device_memory::copy(queue_handle queue, void* to, const void* from, std::uint64_t bytes) const {
  event_handle event = nullptr;
  context_->check(context_->api().clEnqueueSVMMemcpy(queue, 0, to, from, bytes, 0, nullptr, &event),
                  "clEnqueueSVMMemcpy", "copy");
  return event;
}

event_handle device_memory::fill(queue_handle queue, void* to, const std::byte* pattern, std::uint32_t width,
                                 std::uint64_t bytes) const {
  event_handle event = nullptr;
  context_->check(context_->api().clEnqueueSVMMemFill(queue, to, pattern, width, bytes, 0, nullptr, &event),
                  "clEnqueueSVMMemFill", "fill");
  return event;
}

} // namespace dotcompute::opencl
