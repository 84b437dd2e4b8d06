// SPDX-License-Identifier: MIT
#include "execution/memory_object.hpp"

#include "support/log.hpp"

namespace dotcompute::detail {

// It is in its lease before it has memory, and counts as looked at meanwhile: a revocation that comes in between finds
// it, and its memory goes back when it is constructed.
memory_object::memory_object(std::shared_ptr<device_state> owner, std::shared_ptr<lease_state> held,
                             std::uint64_t bytes, const memory::allocation_request& request,
                             const std::source_location& where)
    : device(std::move(owner)), lease(std::move(held)), kind(request.kind), size(bytes), tag(request.tag),
      where_(where), place_(lease.get(), *this, bytes), made_(device->allocate(request)) {}

memory_object::~memory_object() {
  if (is_guarded()) device->guard.remove(*this);
  if (is_released()) return;
  const bool was_revoked = lease && !place_.leave();
  // Then its memory is gone as well, unless the host has its address.
  if (was_revoked && use_.load(std::memory_order_acquire) == ended) return;
  free();
}

void memory_object::free() noexcept {
  if (is_stale()) return;
  try {
    device->memory.free(allocation().handle);
  } catch (const std::exception& e) {
    if (!is_stale()) log::error("a buffer {} could not be freed: {}", describe(), e.what());
  }
}

void memory_object::release(memory::queue_id queue, std::uint64_t number, const std::string& queue_name) {
  const std::string operation = "release a buffer on queue '" + queue_name + "'";
  if (is_released_.exchange(true, std::memory_order_acq_rel)) refuse(operation);
  if (lease && !place_.leave()) {
    is_released_.store(false, std::memory_order_release); // it has ended, and the rest is the destructor's
    throw lease->refusal(operation);
  }
  released_on_ = queue;
  released_at_ = number;
  if (!is_guarded() || device->guard.remove(*this)) device->memory.free_on(allocation().handle, queue, number);
}

bool memory_object::end() noexcept {
  if (is_guarded()) device->guard.remove(*this);
  if (use_.fetch_or(ended, std::memory_order_acq_rel) != 0) return false;
  free();
  return true;
}

void memory_object::expose() {
  if (!lease || is_exposed_.exchange(true, std::memory_order_acq_rel)) return;
  if (!enter()) throw lease->refusal("use a buffer on the host");
}

bool memory_object::enter() noexcept {
  std::uint32_t seen = use_.load(std::memory_order_acquire);
  do {
    if ((seen & ended) != 0) return false;
  } while (!use_.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel));
  return true;
}

// Whoever is last after the end frees it, and only then: before the end, the last handle does.
void memory_object::leave() noexcept {
  if (use_.fetch_sub(1, std::memory_order_acq_rel) == (ended | 1)) free();
}

host_access::host_access(std::shared_ptr<memory_object> m, const std::string& operation) {
  if (!m->lease) return;
  if (!m->enter()) throw m->lease->refusal(operation);
  memory_ = std::move(m);
}

void memory_object::free_released() noexcept {
  try {
    if (is_released() && !is_stale()) device->memory.free_on(allocation().handle, released_on_, released_at_);
  } catch (const std::exception& e) {
    log::error("a buffer {} could not be freed: {}", describe(), e.what());
  }
}

void memory_object::begin_write() noexcept {
  writers_.fetch_add(1, std::memory_order_seq_cst);
  if (is_guarded()) device->guard.write_began(*this);
}

void memory_object::end_write() noexcept {
  if (writers_.fetch_sub(1, std::memory_order_seq_cst) == 1 && is_guarded()) device->guard.came_to_rest(*this);
}

error memory_object::changed_error(const std::string& operation) const {
  return error(error_code::buffer_changed,
               "the guarded buffer " + describe() + ", is not what it was, and no command of it has changed it",
               device->describe(operation, "Write the whole buffer again, or accept_contents() when they are right."));
}

std::string memory_object::tag_name() const {
  return tag == memory::untagged ? std::string() : device->memory.tag_name(tag);
}

bool memory_object::is_host_visible() const {
  return kind == buffer_kind::host_shared || device->driver->properties().unified_memory.value_or(false);
}

std::string memory_object::describe() const {
  std::string text = "of " + std::to_string(size) + " bytes";
  if (tag != memory::untagged) text += ", tag '" + tag_name() + "'";
  return text + ", made at " + where_.file_name() + ":" + std::to_string(where_.line());
}

void memory_object::refuse(const std::string& operation) const {
  throw error(error_code::buffer_released, "the buffer " + describe() + ", was released before",
              device->describe(operation, "Release a buffer after its last use, or let its last handle go instead."));
}

} // namespace dotcompute::detail
