// SPDX-License-Identifier: MIT
#include "execution/memory_object.hpp"

#include "support/log.hpp"

namespace dotcompute::detail {

memory_object::~memory_object() {
  if (is_released() || is_stale()) return;
  try {
    device->memory.free(allocation.handle);
  } catch (const std::exception& e) {
    if (!is_stale()) log::error("a buffer {} could not be freed: {}", describe(), e.what());
  }
}

void memory_object::release(memory::queue_id queue, std::uint64_t number, const std::string& queue_name) {
  const std::string operation = "release a buffer on queue '" + queue_name + "'";
  if (is_released_.exchange(true, std::memory_order_acq_rel)) refuse(operation);
  device->memory.free_on(allocation.handle, queue, number);
}

std::string memory_object::describe() const {
  std::string text = "of " + std::to_string(size) + " bytes";
  if (tag != memory::untagged) text += ", tag '" + device->memory.tag_name(tag) + "'";
  return text + ", made at " + where_.file_name() + ":" + std::to_string(where_.line());
}

void memory_object::refuse(const std::string& operation) const {
  throw error(error_code::buffer_released, "the buffer " + describe() + ", was released before",
              device->describe(operation, "Release a buffer after its last use, or let its last handle go instead."));
}

} // namespace dotcompute::detail
