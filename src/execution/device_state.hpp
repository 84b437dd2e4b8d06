// SPDX-License-Identifier: MIT
// What an opened device is made of.
#pragma once

#include "drivers/driver.hpp"
#include "execution/notifier.hpp"
#include "memory/pool.hpp"

#include <dotcompute/error.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace dotcompute::detail {

class device_state {
 public:
  device_state(std::string device_id, std::unique_ptr<drivers::driver> opened, memory::pool_options memory_options,
               std::chrono::milliseconds wait)
      : id(std::move(device_id)), default_wait(wait), driver(std::move(opened)),
        memory(source(), describe_memory(std::move(memory_options))) {}

  /// Details for an error that concerns this device.
  error_details describe(std::string operation, std::string remedy = {}) const {
    return {id, generation, std::move(operation), std::move(remedy)};
  }

  const std::string id;
  const std::uint64_t generation = 1;
  const std::chrono::milliseconds default_wait;
  execution::notifier notifier;
  const std::unique_ptr<drivers::driver> driver;
  /// Closed before the driver that its segments come from.
  memory::pool memory;

 private:
  std::shared_ptr<drivers::segment_source> source() const {
    return {std::shared_ptr<void>(), driver.get()}; // shares nothing: the pool never outlives the device
  }
  memory::pool_options describe_memory(memory::pool_options options) const {
    options.device = id;
    options.generation = generation;
    return options;
  }
};

} // namespace dotcompute::detail
