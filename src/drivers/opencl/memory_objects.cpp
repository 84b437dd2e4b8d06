// SPDX-License-Identifier: MIT
#include "drivers/opencl/memory_objects.hpp"

#include "drivers/opencl/device_properties.hpp"
#include "drivers/opencl/zeroed_segment.hpp"
#include "support/system_error.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <mutex>
#include <sys/mman.h>
#include <utility>

namespace dotcompute::opencl {
namespace {

constexpr std::uint64_t most_staged = 1 << 20; // bytes; what copies between host memory take of the device's

/// Addresses at which nothing can be read or written.
class reserved_addresses {
 public:
  reserved_addresses(std::uint64_t bytes, std::uint64_t alignment) : bytes_(bytes + alignment) {
    start_ = ::mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start_ == MAP_FAILED) throw system_error(errno, "make a segment", "mmap");
    const auto begin = reinterpret_cast<std::uintptr_t>(start_);
    address_ = reinterpret_cast<std::byte*>((begin + alignment - 1) / alignment * alignment);
  }
  ~reserved_addresses() { ::munmap(start_, bytes_); }
  reserved_addresses(const reserved_addresses&) = delete;
  reserved_addresses& operator=(const reserved_addresses&) = delete;
  std::byte* get() const noexcept { return address_; }

 private:
  std::uint64_t bytes_;
  void* start_;
  std::byte* address_;
};

} // namespace

owned_object::~owned_object() {
  if (object_ && !context_->is_lost())
    context_->note(context_->api().clReleaseMemObject(object_), "clReleaseMemObject", "give memory back");
}

owned_object::owned_object(owned_object&& other) noexcept
    : context_(other.context_), object_(std::exchange(other.object_, nullptr)) {}

owned_object& owned_object::operator=(owned_object&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(object_, other.object_);
  return *this;
}

class memory_objects::object_segment final : public zeroed_segment {
 public:
  object_segment(std::shared_ptr<memory_objects> owner, std::uint64_t size, std::uint64_t alignment)
      : zeroed_segment(*owner->context_), owner_(std::move(owner)), addresses_(size, alignment) {
    address = addresses_.get();
    bytes = size;
    object_ = {*owner_->context_, owner_->make_object(size, "make a segment")};
    {
      const std::unique_lock lock(owner_->guard_);
      owner_->ranges_.insert_or_assign(begin(), range{size, object_.get()});
    }
    try {
      zero([this](queue_handle queue, const std::byte* pattern, std::uint32_t width, const event_sink& sink) {
        owner_->fill(queue, address, pattern, width, bytes, sink);
      });
    } catch (...) {
      forget();
      throw;
    }
  }
  ~object_segment() override { forget(); }

 private:
  std::uintptr_t begin() const noexcept { return reinterpret_cast<std::uintptr_t>(address); }
  void forget() noexcept {
    {
      const std::unique_lock lock(owner_->guard_);
      owner_->ranges_.erase(begin());
    }
    if (!may_be_given_back()) object_.abandon();
  }

  const std::shared_ptr<memory_objects> owner_;
  const reserved_addresses addresses_;
  owned_object object_;
};

memory_objects::memory_objects(std::shared_ptr<opencl_context> context)
    : context_(std::move(context)),
      // A device that does not say is taken to have the largest alignment that OpenCL asks for, of a long16.
      alignment_(std::clamp<std::uint64_t>(
          std::bit_ceil(
              read_number<std::uint32_t>(api(), context_->device(), device_info::mem_base_addr_align).value_or(1024u) /
              8),
          1, 4096)),
      most_constant_(read_number<std::uint64_t>(api(), context_->device(), device_info::max_constant_buffer_size)
                         .value_or(std::uint64_t{64} << 10)) {}

std::unique_ptr<drivers::segment> memory_objects::make_segment(const std::shared_ptr<memory_objects>& self,
                                                               std::uint64_t size, std::uint64_t alignment) {
  return std::make_unique<object_segment>(self, size, alignment);
}

memory_handle memory_objects::make_object(std::uint64_t bytes, const std::string& operation) const {
  result r = result::success;
  const memory_handle made = api().clCreateBuffer(context_->handle(), mem_read_write, bytes, nullptr, &r);
  context_->check(r, "clCreateBuffer", operation);
  return made;
}

std::optional<memory_objects::place> memory_objects::find(const void* address) const noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  const std::shared_lock lock(guard_);
  auto behind = ranges_.upper_bound(at);
  if (behind == ranges_.begin()) return {};
  const auto& [begin, found] = *--behind;
  const std::uint64_t offset = at - begin;
  if (offset >= found.bytes) return {};
  return place{found.object, offset, found.bytes - offset};
}

owned_object memory_objects::set_argument(kernel_handle kernel, std::uint32_t index, argument_space space,
                                          const std::byte* address, const std::string& operation) const {
  const auto refuse = [&](const std::string& why, const char* remedy) -> owned_object {
    throw error(error_code::unsupported, "argument " + std::to_string(index) + " " + why,
                {context_->id(), 1, operation, remedy});
  };
  owned_object part;
  memory_handle object = nullptr;
  if (address) {
    const auto at = find(address);
    if (!at) return refuse("is no device-local memory of the device", "Use a device-local buffer and copies.");
    if (at->offset % alignment_ != 0)
      return refuse("begins " + std::to_string(at->offset % alignment_) + " bytes behind a multiple of " +
                        std::to_string(alignment_) + ", where this device's kernels can be given no memory",
                    "Copy that part into a buffer of its own, or give the whole buffer and an index.");
    object = at->object;
    // Where a block ends is not known here, so objects reach to the end of their segment and overlap. Kernels stay
    // inside of their buffers, so what several commands have in common of them they do not touch.
    const std::uint64_t bytes = space == argument_space::constant ? std::min(at->left, most_constant_) : at->left;
    if (at->offset != 0 || bytes != at->left) {
      const buffer_region region{at->offset, bytes};
      result r = result::success;
      object = api().clCreateSubBuffer(object, mem_read_write, buffer_create_type::region, &region, &r);
      context_->check(r, "clCreateSubBuffer", operation);
      part = {*context_, object};
    }
  }
  context_->check(api().clSetKernelArg(kernel, index, sizeof(memory_handle), static_cast<const void*>(&object)),
                  "clSetKernelArg", operation);
  return part;
}

void memory_objects::copy(queue_handle queue, void* to, const void* from, std::uint64_t bytes,
                          const event_sink& sink) const {
  constexpr const char* operation = "copy";
  const auto target = find(to), source = find(from);
  const auto hand_on = [&](result r, const char* function, event_handle event) {
    context_->check(r, function, operation);
    sink(event);
  };
  const auto write = [&](memory_handle object, std::uint64_t offset, const void* host, std::uint64_t n) {
    event_handle event = nullptr;
    const result r = api().clEnqueueWriteBuffer(queue, object, 0, offset, n, host, 0, nullptr, &event);
    hand_on(r, "clEnqueueWriteBuffer", event);
  };
  const auto read = [&](memory_handle object, std::uint64_t offset, void* host, std::uint64_t n) {
    event_handle event = nullptr;
    const result r = api().clEnqueueReadBuffer(queue, object, 0, offset, n, host, 0, nullptr, &event);
    hand_on(r, "clEnqueueReadBuffer", event);
  };
  if (target && source) {
    event_handle event = nullptr;
    const result r = api().clEnqueueCopyBuffer(queue, source->object, target->object, source->offset, target->offset,
                                               bytes, 0, nullptr, &event);
    return hand_on(r, "clEnqueueCopyBuffer", event);
  }
  if (target) return write(target->object, target->offset, from, bytes);
  if (source) return read(source->object, source->offset, to, bytes);
  // Only the device keeps the order of the queue, so what lies on neither side of it goes through it.
  const std::uint64_t step = std::min(bytes, most_staged);
  const owned_object stage(*context_, make_object(step, operation));
  for (std::uint64_t done = 0; done < bytes; done += step) {
    const std::uint64_t n = std::min(step, bytes - done);
    write(stage.get(), 0, static_cast<const std::byte*>(from) + done, n);
    read(stage.get(), 0, static_cast<std::byte*>(to) + done, n);
  }
}

void memory_objects::fill(queue_handle queue, void* to, const std::byte* pattern, std::uint32_t width,
                          std::uint64_t bytes, const event_sink& sink) const {
  const auto set = [&](memory_handle object, std::uint64_t offset, std::uint64_t n) {
    event_handle event = nullptr;
    context_->check(api().clEnqueueFillBuffer(queue, object, pattern, width, offset, n, 0, nullptr, &event),
                    "clEnqueueFillBuffer", "fill");
    sink(event);
  };
  if (const auto target = find(to)) return set(target->object, target->offset, bytes);
  const std::uint64_t step = std::min(bytes, most_staged); // a multiple of the width, as both are
  const owned_object stage(*context_, make_object(step, "fill"));
  set(stage.get(), 0, step);
  for (std::uint64_t done = 0; done < bytes; done += step) {
    event_handle event = nullptr;
    context_->check(api().clEnqueueReadBuffer(queue, stage.get(), 0, 0, std::min(step, bytes - done),
                                              static_cast<std::byte*>(to) + done, 0, nullptr, &event),
                    "clEnqueueReadBuffer", "fill");
    sink(event);
  }
}

} // namespace dotcompute::opencl
