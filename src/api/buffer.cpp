// SPDX-License-Identifier: MIT
#include "api/transfer_queue.hpp"
#include "execution/memory_object.hpp"
#include "execution/queue_state.hpp"
#include "support/log.hpp"

#include <dotcompute/buffer.hpp>
#include <dotcompute/queue.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

namespace dotcompute {
namespace {

constexpr std::size_t large_transfer = 4 << 20; // above, all threads of the device copy

const detail::memory_object& valid(const std::shared_ptr<detail::memory_object>& m) {
  if (!m) throw error(error_code::invalid_handle, "the buffer is empty or was moved from");
  if (m->is_stale())
    throw error(error_code::stale_handle, "its memory was discarded by a reset of the device",
                m->device->describe("use a buffer", "Make the buffer again."));
  m->device->require_present("use a buffer");
  m->require_present("use a buffer");
  return *m;
}

/// The host writes it where it is, until the last copy of what is returned is gone.
std::shared_ptr<void> write_in_place(const untyped_buffer& b) {
  b.memory()->begin_write();
  return {nullptr, [memory = b.memory()](void*) { memory->end_write(); }};
}

} // namespace

namespace detail {

std::size_t checked_bytes(std::size_t n, std::size_t size) {
  std::size_t bytes = 0;
  if (n == 0)
    throw error(error_code::invalid_size, "a buffer of no elements", {"", 0, "make a buffer", "Give at least one."});
  if (__builtin_mul_overflow(n, size, &bytes))
    throw error(error_code::invalid_size,
                std::to_string(n) + " elements of " + std::to_string(size) + " bytes exceed what can be addressed",
                {"", 0, "make a buffer", ""});
  return bytes;
}

void check_subrange(std::size_t offset, std::size_t count, std::size_t size) {
  if (count == 0 || offset > size || count > size - offset)
    throw error(error_code::invalid_range,
                std::to_string(count) + " elements from element " + std::to_string(offset) + " of a buffer of " +
                    std::to_string(size),
                {"", 0, "slice a buffer", "Give a range of at least one element that lies inside."});
}

void upload(const untyped_buffer& to, const void* from) {
  if (to.size_bytes() < large_transfer && to.is_host_visible()) {
    const host_access looking(to.memory(), "write a buffer");
    const auto writing = write_in_place(to);
    std::memcpy(to.device_address(), from, to.size_bytes());
    return;
  }
  queue transfer = api::transfer_queue(to.owner());
  transfer.write_bytes(to, from, to.size_bytes()).wait();
}

void download(const untyped_buffer& from, void* to) {
  // One that is yet to be compared is read in the order of a queue, which waits for that.
  if (from.is_host_visible() && !from.memory()->is_unverified()) {
    const host_access looking(from.memory(), "read a buffer");
    if (from.memory()->is_changed()) throw from.memory()->changed_error("read a buffer");
    std::memcpy(to, from.device_address(), from.size_bytes());
    return;
  }
  queue transfer = api::transfer_queue(from.owner());
  transfer.read_bytes(from, to, from.size_bytes()).wait();
}

mapping::mapping(untyped_buffer whole, map_access access) : whole_(std::move(whole)) {
  if (whole_.is_host_visible()) {
    seen_ = whole_;
    if (access != map_access::read) writing_ = write_in_place(whole_);
  } else {
    seen_ = untyped_buffer::copied(whole_);
    is_owed_ = access != map_access::read;
  }
  access_ = std::make_shared<host_access>(seen_.memory(), "map a buffer");
  address_ = seen_.device_address();
}

void mapping::write_back() {
  if (!std::exchange(is_owed_, false)) return;
  queue transfer = api::transfer_queue(whole_.owner());
  transfer.copy_bytes(seen_, whole_).wait();
}

mapping::~mapping() {
  try {
    write_back();
  } catch (const std::exception& e) {
    log::error("a mapped buffer of {} bytes could not be written back: {}", whole_.size_bytes(), e.what());
  }
}

void require_host_shared(const untyped_buffer& b) {
  if (b.kind() != buffer_kind::host_shared)
    throw error(
        error_code::invalid_argument, "span() needs a host-shared buffer",
        b.owner().state()->describe("use a buffer in place", "Make it with buffer<T>::host_shared, or map() it."));
}

} // namespace detail

bool untyped_buffer::is_suspect() const noexcept {
  return memory_ && memory_->is_suspect();
}

void untyped_buffer::accept_contents() const noexcept {
  if (!memory_) return;
  memory_->accept();
  if (!memory_->is_guarded()) return;
  memory_->begin_write(); // as if it had been written: its checksum is taken again
  memory_->end_write();
}

void untyped_buffer::guard() const {
  valid(memory_).device->guard.add(memory_);
  memory_->accept();
}

void untyped_buffer::unguard() const noexcept {
  if (memory_ && memory_->is_guarded()) memory_->device->guard.remove(*memory_);
}

bool untyped_buffer::is_guarded() const noexcept {
  return memory_ && memory_->is_guarded() && memory_->device->guard.knows(*memory_);
}

bool untyped_buffer::verify() const {
  const detail::device_state& device = *valid(memory_).device;
  const guard_report found = memory_->device->guard.verify(memory_, deadline_after(device.default_wait));
  if (found.buffers_verified + found.buffers_changed == 0)
    throw error(error_code::invalid_argument,
                "no checksum of what is in the buffer " + memory_->describe() + ", is known",
                device.describe("verify a buffer", "guard() it, and wait until is_guarded()."));
  return found.buffers_changed == 0;
}

untyped_buffer::untyped_buffer(const dotcompute::device& owner, std::size_t bytes, const allocation_options& options,
                               const std::source_location& where)
    : untyped_buffer(owner, bytes, options, content::as_asked_for, where) {
  // What others had there is not shown to who holds a lease.
  if (options.zeroed || memory_->lease) clear(options.first_used_on);
  memory_->constructed();
}

untyped_buffer::untyped_buffer(const dotcompute::device& owner, const void* elements, std::size_t bytes,
                               buffer_kind kind, const std::source_location& where)
    : untyped_buffer(owner, bytes, in(kind), content::given, where) {
  detail::upload(*this, elements);
  memory_->constructed();
}

untyped_buffer untyped_buffer::copied(const untyped_buffer& from, const std::source_location& where) {
  untyped_buffer copy(from.owner(), from.size_bytes(), in(buffer_kind::host_shared), content::given, where);
  queue transfer = api::transfer_queue(from.owner());
  transfer.copy_bytes(from, copy).wait();
  copy.memory_->constructed();
  return copy;
}

untyped_buffer::untyped_buffer(const dotcompute::device& owner, std::size_t bytes, const allocation_options& options,
                               content, const std::source_location& where) {
  detail::checked_bytes(bytes, 1);
  const auto& device = owner.state();
  const auto& lease = owner.lease_state();
  device->require_present("make a buffer");
  if (lease) lease->require_active("make a buffer");
  const std::uint64_t most = device->driver->properties().largest_allocation_bytes.value_or(~std::uint64_t{0});
  if (bytes > most)
    throw allocation_error(allocation_failure::capacity, bytes,
                           std::to_string(bytes) + " bytes were asked for, largest_allocation_bytes is " +
                               std::to_string(most),
                           device->describe("make a buffer", "Use several smaller buffers."));
  memory::allocation_request request;
  request.bytes = bytes;
  // No power of two below the granule is a wrong alignment: it is kept anyway.
  request.alignment = std::has_single_bit(options.alignment) && options.alignment < memory::granule ? memory::granule
                                                                                                    : options.alignment;
  if (std::has_single_bit(request.alignment))
    request.alignment = std::max(request.alignment, device->driver->block_alignment());
  request.kind = options.kind;
  if (!options.tag.empty()) request.tag = device->memory.tag(options.tag);
  const auto queue = options.first_used_on ? options.first_used_on->state() : nullptr;
  if (queue && queue->device != device)
    throw error(error_code::wrong_device, "the queue is of another device, or of another opening of this one",
                device->describe("make a buffer"));
  if (queue && queue->lease != lease)
    throw error(error_code::wrong_lease, "the queue that it is first used on is of another lease, or of none",
                device->describe("make a buffer", "Make both through the same lease, or both through none."));
  if (queue) request.queue = queue->memory_queue();
  memory_ = std::make_shared<detail::memory_object>(device, lease, bytes, request, where);
  bytes_ = bytes;
}

void untyped_buffer::clear(const queue* in_order_of) const {
  // What was never used is zero as it came from the system.
  const std::uint64_t used = std::min<std::uint64_t>(memory_->allocation().used_bytes, bytes_);
  if (used == 0) return;
  if (!in_order_of && used < large_transfer && is_host_visible()) {
    std::memset(memory_->address(), 0, used);
    return;
  }
  untyped_buffer front = *this;
  front.bytes_ = used;
  const std::byte zero{0};
  if (in_order_of) {
    queue(*in_order_of).fill_bytes(front, &zero, 1);
    return;
  }
  queue transfer = api::transfer_queue(owner());
  transfer.fill_bytes(front, &zero, 1).wait();
}

dotcompute::device untyped_buffer::owner() const {
  const detail::memory_object& m = valid(memory_);
  return dotcompute::device(m.device, m.lease);
}
buffer_kind untyped_buffer::kind() const {
  return valid(memory_).kind;
}
bool untyped_buffer::is_host_visible() const {
  return valid(memory_).is_host_visible();
}

std::byte* untyped_buffer::host_address() const {
  if (!is_host_visible())
    throw error(error_code::unsupported, "the host cannot reach the memory of a device-local buffer of this device",
                memory_->device->describe("use a buffer on the host",
                                          "Use read() and write() of a queue, map(), or a host-shared buffer."));
  memory_->expose();
  return memory_->address() + offset_;
}

std::byte* untyped_buffer::device_address() const {
  return valid(memory_).address() + offset_;
}

untyped_buffer untyped_buffer::subrange(std::size_t offset, std::size_t bytes) const {
  valid(memory_);
  detail::check_subrange(offset, bytes, bytes_);
  untyped_buffer part = *this;
  part.offset_ += offset;
  part.bytes_ = bytes;
  return part;
}

} // namespace dotcompute
