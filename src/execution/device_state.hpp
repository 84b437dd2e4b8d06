// SPDX-License-Identifier: MIT
// What an opened device is made of.
#pragma once

#include "drivers/driver.hpp"
#include "execution/notifier.hpp"
#include "memory/segment_allocator.hpp"

#include <dotcompute/buffer.hpp>
#include <dotcompute/error.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace dotcompute::detail {

class device_state {
 public:
  device_state(std::string device_id, std::unique_ptr<drivers::driver> opened, std::uint64_t memory_limit,
               std::chrono::milliseconds wait)
      : id(std::move(device_id)), default_wait(wait), memory(id, memory_limit), driver(std::move(opened)) {}

  /// Details for an error that concerns this device.
  error_details describe(std::string operation, std::string remedy = {}) const {
    return {id, generation, std::move(operation), std::move(remedy)};
  }

  const std::string id;
  const std::uint64_t generation = 1;
  const std::chrono::milliseconds default_wait;
  memory::segment_allocator memory;
  execution::notifier notifier;
  const std::unique_ptr<drivers::driver> driver;
};

/// One allocation. Keeps its device open.
class memory_object {
 public:
  memory_object(std::shared_ptr<device_state> owner, std::size_t bytes, buffer_kind wanted)
      : device(std::move(owner)), kind(wanted), block(device->memory.allocate(bytes)), generation(device->generation) {}
  ~memory_object() { device->memory.release(block); }
  memory_object(const memory_object&) = delete;
  memory_object& operator=(const memory_object&) = delete;

  const std::shared_ptr<device_state> device;
  const buffer_kind kind;
  const memory::block block;
  const std::uint64_t generation;
};

} // namespace dotcompute::detail
